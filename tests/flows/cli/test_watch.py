"""``olmocr-flows watch`` over real folders: by runs, and by the real service."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from flows.cli.main import main
from tests.service.documents import SAMPLES
from tests.service.serving import serving

QUICK = ("--every", "0.1", "--settle", "0.2", "--once")


def watch(*arguments: object, environment: dict[str, str] | None = None) -> str:
    command = [sys.executable, "-m", "flows.cli", "watch", *map(str, arguments), *QUICK]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    (folder / "letters").mkdir(parents=True)
    shutil.copy(SAMPLES / "code_and_formula.pdf", folder / "letters" / "paper.pdf")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.4 no")
    return folder


@pytest.mark.slow
@pytest.mark.xdist_group("service")
def test_the_service_reads_what_settles_and_nothing_twice(inbox: Path, tmp_path: Path) -> None:
    out, read = tmp_path / "texts", tmp_path / "read"
    arguments = (inbox, "--workspace", tmp_path / "ws", "--out", out)
    with serving(tmp_path / "service") as running:
        told = watch(*arguments, "--service", running.url)
        assert "broken.pdf: " in told
        text = (out / "letters" / "paper.pdf.md").read_text()
        assert len(text) > 1000
        assert sorted(path.name for path in out.rglob("*.md")) == ["paper.pdf.md"]
        # Nothing was moved. Started again, it finds all of it read.
        assert (inbox / "letters" / "paper.pdf").is_file()
        watch(*arguments, "--service", running.url, "--move-to", read)
        assert [str(path.relative_to(read)) for path in read.rglob("*.pdf")] == ["letters/paper.pdf"]
        assert [path.name for path in inbox.rglob("*.pdf")] == ["broken.pdf"]
        pages = (tmp_path / "service" / "data" / "workspace" / "pages").glob("*/*/*/0*.json")
        assert len(list(pages)) == 2


@pytest.mark.slow
@pytest.mark.prefect
def test_a_run_follows_the_folder(inbox: Path, tmp_path: Path, environment: dict[str, str]) -> None:
    workspace = tmp_path / "ws"
    told = watch(inbox, "--workspace", workspace, environment=environment | {"OLMOCR_ENGINE": "instant"})
    assert "2 new or changed files" in told
    assert (workspace / "dataset" / "manifest.json").is_file()
    shutil.copy(SAMPLES / "blank.pdf", inbox / "new.pdf")
    again = watch(inbox, "--workspace", workspace, environment=environment | {"OLMOCR_ENGINE": "instant"})
    # The ledger knows what was read before.
    assert "1 new" in again


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["s3://bucket/in", "--service", "http://x", "--out", "o"], "watch a local folder"),
        (["in", "--out", "o"], "need --service"),
        (["in", "--service", "http://x"], "--out says where"),
        (["in", "--service", "http://x", "--out", "in/texts"], "would be watched, too"),
        (["nowhere"], "is no folder"),
    ],
)
def test_what_cannot_work_is_said_at_once(
    arguments: list[str],
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    assert main(["watch", *arguments]) == 2
    assert words in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["in"]
