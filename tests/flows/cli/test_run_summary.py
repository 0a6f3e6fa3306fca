"""What the terminal says of a run that ended, of one with many documents, and of one that was stopped."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import pytest

from flows.cli import run_summary
from flows.cli.plain_console import PlainConsole
from flows.cli.run_summary import print_interrupted, print_summary
from olmocr_core.reading.progress import ProgressSnapshot
from tests.core.stages.walking import Walk, walk


@pytest.fixture
async def done(samples: Path, tmp_path: Path) -> Walk:
    """A run over two documents, one of them blank."""
    return await walk([samples / "code_and_formula.pdf", samples / "blank.pdf"], tmp_path)


def said(done: Walk, ui: str | None = "http://ui") -> list[str]:
    shown = io.StringIO()
    print_summary(done.ref, done.summary, ui, PlainConsole(shown, width=120))
    return shown.getvalue().splitlines()


async def test_documents_counts_and_places(done: Walk) -> None:
    lines = said(done)
    assert any(line.split()[1:6:2] == ["code_and_formula.pdf", "kept", "2"] for line in lines if "code_and" in line)
    assert "2 documents: 1 blank, 1 kept" in lines
    assert any(
        line.startswith("3 pages in ") and "0 of them from the cache: 2 by model, 1 blank" in line for line in lines
    )
    assert f"dataset: {done.summary.dataset}" in lines
    assert f"report:  {done.summary.report}" in lines
    assert "UI:      http://ui/runs" in lines
    assert lines[-1].startswith("with a GPU server: ")


async def test_markup_in_a_name_is_part_of_the_name(samples: Path, tmp_path: Path) -> None:
    (tmp_path / "in" / "[").mkdir(parents=True)
    shutil.copy(samples / "blank.pdf", tmp_path / "in" / "[" / "b].pdf")
    (tmp_path / "in" / "[link=x]no.pdf").write_bytes(b"%PDF-1.7 is not one")
    lines = said(await walk([tmp_path / "in"], tmp_path / "out"))
    assert any("[/b].pdf" in line and "blank" in line for line in lines)
    assert any("[link=x]no.pdf" in line and "failed" in line for line in lines)


async def test_an_ephemeral_server_has_no_ui(done: Walk) -> None:
    assert not any(line.startswith("UI:") for line in said(done, None))


async def test_many_documents_are_counted_and_not_listed(done: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_summary, "SHOWN_DOCUMENTS", 1)
    lines = said(done)
    assert "... and 1 more documents; the report lists them all" in lines
    assert "2 documents: 1 blank, 1 kept" in lines


async def test_what_is_not_followed_is_named_with_its_reason(
    samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "in"
    source.mkdir()
    shutil.copy(samples / "blank.pdf", source / "blank.pdf")
    for name in ("[bold]a.pdf", "b.pdf"):
        (source / name).symlink_to(samples / "blank.pdf")
    done = await walk([source], tmp_path)
    lines = said(done)
    place = lines.index("not followed: 2")
    assert [line.partition(": ")[0] for line in lines[place + 1 : place + 3]] == [
        f"  {source}/{name}" for name in ("[bold]a.pdf", "b.pdf")
    ]
    assert lines[place + 1].endswith(
        "the link leads outside of the source; name it by itself to read what it points to"
    )
    monkeypatch.setattr(run_summary, "SHOWN_DOCUMENTS", 1)
    assert any(line.startswith("  ... and 1 more; ") and "not_followed.jsonl" in line for line in said(done))


async def test_a_stopped_run_says_how_far_it_came(done: Walk) -> None:
    shown = io.StringIO()
    _, folder = done.ref.open()
    print_interrupted(done.ref, PlainConsole(shown))
    assert "stopped; finished pages are kept" in shown.getvalue()
    folder.progress.write_bytes(ProgressSnapshot(pages=8, done=3).model_dump_json().encode())
    print_interrupted(done.ref, PlainConsole(shown, width=120))
    assert (
        "stopped after 3 of 8 pages; finished pages are kept. To go on, run the same command again." in shown.getvalue()
    )
