"""How the steps that call other programs fail, and what becomes of the lock."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from scripts.release.build import build_docs, constraints, make_environment, pip_install, run
from scripts.release.errors import ReleaseError

REPO = Path(__file__).resolve().parents[3]


def test_a_command_that_fails_shows_its_end_and_what_to_do() -> None:
    assert run(sys.executable, "-c", "print(1)", why="x") == "1\n"
    with pytest.raises(ReleaseError, match=r"ended with 3; plug it in\nboom"):
        run(sys.executable, "-c", "print('boom'); raise SystemExit(3)", why="plug it in")


def test_every_package_of_the_lock_is_a_constraint_without_hashes() -> None:
    lock = (REPO / "requirements.lock").read_text()
    pins = constraints(lock).splitlines()
    assert len(pins) == sum("==" in line and not line.startswith((" ", "#")) for line in lock.splitlines()) > 100
    assert any(pin.startswith("prefect==") for pin in pins)
    assert not any("--hash" in pin or "\\" in pin for pin in pins)


def test_markers_of_the_lock_stay() -> None:
    lock = "a==1 \\\n    --hash=sha256:x\nb==2 ; sys_platform == 'win32' \\\n    --hash=sha256:y\n"
    assert constraints(lock) == "a==1\nb==2 ; sys_platform == 'win32'\n"


@pytest.mark.slow
def test_an_empty_environment_without_a_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python = make_environment(tmp_path / "environment")
    assert run(python, "-c", "import sys; print(sys.prefix)", why="x").strip() == str(tmp_path / "environment")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(ReleaseError, match="needs a network"):
        pip_install(python, "a-package-that-nobody-has-here")


def test_documentation_with_a_warning_does_not_build(tmp_path: Path) -> None:
    pytest.importorskip("sphinx", reason="the extra 'docs' is not installed")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "conf.py").write_text("project = 'x'\n")
    (tmp_path / "docs" / "index.rst").write_text("Title\n=====\n\n:doc:`nowhere`\n")
    with pytest.raises(ReleaseError, match="documentation has warnings"):
        build_docs(tmp_path, tmp_path / "html")
