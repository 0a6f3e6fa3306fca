"""Recordings from workspaces, by the function and by the command."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from flows.cli.main import main
from olmocr_core.domain.errors import UsageError
from olmocr_core.recordings.export import export_recording
from olmocr_core.recordings.format import Recording
from olmocr_core.wiring import open_workspace
from tests.core.recordings.making import files, replay
from tests.core.stages.walking import walk

REPO = Path(__file__).resolve().parents[3]


async def test_the_error_names_a_run_that_cannot_be_exported(documents: list[Path], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no run"):
        export_recording(open_workspace(tmp_path / "empty"), tmp_path / "kept")
    await walk(documents[:1], tmp_path / "ws")
    with pytest.raises(UsageError, match=r"run nope was never planned .* its runs: r"):
        export_recording(open_workspace(tmp_path / "ws"), tmp_path / "kept", "nope")
    export_recording(open_workspace(tmp_path / "ws"), tmp_path / "kept")
    await walk(documents[:1], tmp_path / "again", replay(tmp_path / "kept"))
    with pytest.raises(UsageError, match="nothing to record"):
        export_recording(open_workspace(tmp_path / "again"), tmp_path / "other")
    for page in (tmp_path / "ws" / "pages").rglob("0*.json"):
        page.unlink()
    assert export_recording(open_workspace(tmp_path / "ws"), tmp_path / "kept").missing == 2


def export_at_once(workspaces: list[Path], kept: Path) -> list[str]:
    """What the commands say that export several workspaces into one folder at the same time."""
    command = [sys.executable, "-m", "flows.cli", "record", "export"]
    running = [
        subprocess.Popen([*command, str(each), str(kept)], cwd=REPO, stdout=subprocess.PIPE, text=True)
        for each in workspaces
    ]
    told = [process.communicate(timeout=100)[0] for process in running]
    assert [process.returncode for process in running] == [0] * len(workspaces)
    return told


@pytest.mark.slow
async def test_processes_that_export_at_once_make_one_complete_recording(
    documents: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "kept"
    for index, paper in enumerate(documents[:3]):
        # All have the first document, and one each of its own.
        await walk([documents[0], paper], tmp_path / f"ws{index}")
    told = export_at_once([tmp_path / f"ws{index}" for index in range(3)], kept)
    assert [line.partition(", run")[0] for line in told] == [
        "2 answers of instant:script to 2 pages of 1 documents",
        "3 answers of instant:script to 3 pages of 2 documents",
        "3 answers of instant:script to 3 pages of 2 documents",
    ]
    for index in range(3):
        assert main(["record", "export", str(tmp_path / f"ws{index}"), str(tmp_path / "one by one")]) == 0
    assert files(kept) == files(tmp_path / "one by one")
    assert Recording(kept).digest == Recording(tmp_path / "one by one").digest
    await walk([documents[0]], tmp_path / "other", {"engine": "cpu"})
    assert main(["record", "export", str(tmp_path / "other"), str(kept)]) == 2
    assert "is a recording of instant:script, and this run differs from it in engine" in capsys.readouterr().err
