"""Contract: a profile that Prefect writes is read here without Prefect."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tasks.prefect_compat.profiles import active_profile_setting


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home of Prefect's."""
    for name in list(os.environ):
        if name.startswith("PREFECT_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path))
    return tmp_path


def prefect(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "prefect", *arguments], check=True, capture_output=True)


def test_what_prefect_writes_is_read(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert active_profile_setting("PREFECT_API_URL") is None
    prefect("profile", "create", "work")
    assert active_profile_setting("PREFECT_API_URL") is None
    prefect("config", "set", "PREFECT_API_URL=http://active:4200/api")
    assert active_profile_setting("PREFECT_API_URL") == "http://active:4200/api"
    monkeypatch.setenv("PREFECT_PROFILE", "work")
    prefect("config", "set", "PREFECT_API_URL=http://work:4200/api")
    assert active_profile_setting("PREFECT_API_URL") == "http://work:4200/api"


def test_reading_imports_no_prefect() -> None:
    code = "import sys, tasks.prefect_compat.profiles as p\np.active_profile_setting('X')\nassert 'prefect' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).resolve().parents[3])
