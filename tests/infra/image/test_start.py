"""The images' entry point: keys and commands."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from infra.image.start import KEYS, keys_of, needs_key
from service.api_keys import find_api_key, parse_api_key

START = Path(__file__).resolve().parents[3] / "infra" / "image" / "start.py"


def start(*command: str, data: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        [sys.executable, "-I", str(START), *command],
        env={"PATH": path, "OLMOCR_SERVE_DATA": str(data), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def scripts_on_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")


@pytest.mark.usefixtures("scripts_on_path")
def test_a_key_is_made_once_and_only_its_hash_is_kept(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    lines = keys_of(tmp_path)
    shown = re.search(r"^key \(shown once\): (\S+)$", capfd.readouterr().out, re.MULTILINE)
    assert shown
    assert find_api_key([parse_api_key(lines)], {"x-api-key": shown[1]})
    assert keys_of(tmp_path) == lines
    assert capfd.readouterr().out == ""
    assert [path.name for path in tmp_path.iterdir()] == ["api-keys"]
    assert shown[1] not in (tmp_path / "api-keys").read_text()
    assert (tmp_path / "api-keys").stat().st_mode & 0o777 == 0o600


def test_each_line_of_the_file_is_a_key(tmp_path: Path) -> None:
    (tmp_path / "api-keys").write_text("one:submit:1\ntwo:read:2\n")
    assert keys_of(tmp_path) == "one:submit:1,two:read:2"


@pytest.mark.usefixtures("scripts_on_path")
def test_a_folder_that_cannot_be_written_is_named_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"api-keys cannot be written or read by user \d+ .*Mount a volume there"):
        keys_of(tmp_path / "missing")


@pytest.mark.parametrize(
    ("command", "keys", "needed"),
    [
        (["olmocr-serve"], "", True),
        (["olmocr-serve", "--port", "9000"], "", True),
        (["olmocr-serve"], "a:submit:1", False),
        (["olmocr-serve", "--new-key", "n8n"], "", False),
        (["olmocr-serve", "--api-keys=a:submit:1"], "", False),
        (["olmocr-flows", "worker", "cpu"], "", False),
    ],
)
def test_only_a_service_without_keys_gets_one(command: list[str], keys: str, needed: bool) -> None:
    assert needs_key(command, {KEYS: keys}) is needed


def test_the_command_takes_the_place_of_the_entry_point(tmp_path: Path) -> None:
    assert start("sh", "-c", "echo ran; exit 3", data=tmp_path).returncode == 3
    assert not list(tmp_path.iterdir())
    missing = start("no-such-command", data=tmp_path)
    assert (missing.returncode, missing.stderr) == (1, "no-such-command: No such file or directory\n")


def test_flags_alone_are_those_of_the_service_and_a_key_lets_it_listen_everywhere(tmp_path: Path) -> None:
    # The service starts only where it has a key: with a port that does not exist it ends after it has looked at it.
    ended = start("--port", "70000", data=tmp_path, OLMOCR_SERVE_HOST="0.0.0.0")
    assert ended.returncode == 2
    assert "--port" in ended.stderr
    assert "only with an API key" not in ended.stderr
    assert (tmp_path / "api-keys").exists()
