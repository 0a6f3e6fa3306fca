"""Commands of an installed wheel run without anything of the process that checks them."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from scripts.release.errors import ReleaseError
from scripts.release.installed import Installed


@pytest.fixture
def installed(tmp_path: Path) -> Installed:
    """This Python stands for the environment of the wheel."""
    return Installed(Path(sys.executable), tmp_path, {"OLMOCR_HOME": "there"})


def test_a_command_sees_neither_server_nor_settings_of_this_process(
    installed: Installed, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PREFECT_API_URL", "OLMOCR_ENGINE", "SITE_SOURCES", "PYTHONPATH"):
        monkeypatch.setenv(name, "here")
    code = "import os; print(os.getcwd(), *(k + '=' + v for k, v in os.environ.items() if v in ('here', 'there')))"
    assert installed.call("python", "-c", code).split() == [str(installed.folder), "OLMOCR_HOME=there"]


def test_a_command_that_fails_or_hangs(installed: Installed) -> None:
    with pytest.raises(ReleaseError, match=r"(?s)ended with 1:.*no such thing"):
        installed.call("python", "-c", "raise OSError('no such thing')")
    with pytest.raises(ReleaseError, match="did not end within 1 seconds"):
        installed.call("python", "-c", "import signal; signal.pause()", seconds=1)


def test_a_program_runs_as_long_as_the_block(installed: Installed) -> None:
    code = "import pathlib, signal; print('on', flush=True); pathlib.Path('begun').touch(); signal.pause()"
    (installed.folder / "talker.py").write_text(code)
    with installed.running("python", "talker.py"):
        while not (installed.folder / "begun").exists():
            time.sleep(0.01)
    assert (installed.folder / "python-talker.py.log").read_text() == "on\n"
