"""A whole run, stage by stage, without an orchestrator."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from olmocr_core.domain.errors import EngineUnavailable
from olmocr_core.domain.models import PageRecord
from olmocr_core.engines.scripted import ScriptedEngine, answer, in_turn
from olmocr_core.publish.manifest import verify
from olmocr_core.reading.slices import SMALLEST_SHARD
from olmocr_core.stages import documents
from olmocr_core.stages.documents import Sharding
from tests.core.stages.walking import opened, planned, walk


@pytest.fixture
def two(samples: Path) -> list[Path]:
    """Two documents of three pages, one of them blank."""
    return [samples / "code_and_formula.pdf", samples / "blank.pdf"]


def dolma(workspace: Path) -> list[dict[str, Any]]:
    lines = []
    for path in sorted((workspace / "dataset" / "dolma").glob("*.jsonl.gz")):
        lines += [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]
    return lines


def page_files(workspace: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in (workspace / "pages").rglob("0*.json")}


async def test_documents_become_a_dataset_and_a_report(two: list[Path], tmp_path: Path) -> None:
    done = await walk(two, tmp_path)
    assert (done.found.documents, done.found.problems, done.found.counts.new) == (2, 0, 2)
    assert sum(batch.pages for batch in done.inspected) == done.plan.pages == 3
    assert [piece.label for piece in done.plan.slices] == [
        "page 1 of blank.pdf",
        "page 1 of code_and_formula.pdf",
        "page 2 of code_and_formula.pdf",
    ]
    assert (done.counts.documents.kept, done.counts.documents.blank, done.counts.pages.total) == (1, 1, 3)
    assert verify(tmp_path / "dataset") == []
    (record,) = dolma(tmp_path)
    doc_id = record["id"]
    assert record["text"] == f"Page 1 of document {doc_id[:12]}.\nPage 2 of document {doc_id[:12]}."
    spans = record["attributes"]["pdf_page_numbers"]
    assert [record["text"][start:end].strip()[:6] for start, end, _ in spans] == ["Page 1", "Page 2"]
    latest = json.loads((tmp_path / "reports" / "latest" / "report.json").read_text())
    assert latest["run"] == "r"
    assert latest["counts"]["documents"] == 2
    assert Path(done.summary.report).read_text().startswith("<!doctype html>")


async def test_a_plan_says_what_its_shards_are(two: list[Path], tmp_path: Path) -> None:
    async with opened(two, tmp_path) as (ref, runtime):
        _, _, whole = await planned(ref, runtime)
        assert whole.pages_per_shard is None
        assert [shard.pages for shard in whole.shards] == [3]
        in_twos = await documents.make_plan(ref, runtime, Sharding(pages=2, in_flight=1))
        assert [shard.pages for shard in in_twos.shards] == [2, 1]
        by_itself = await documents.make_plan(ref, runtime, Sharding(in_flight=2))
        assert by_itself.pages_per_shard == SMALLEST_SHARD


async def test_a_second_run_reads_nothing_and_publishes_the_same_files(two: list[Path], tmp_path: Path) -> None:
    await walk(two, tmp_path, run="r1")
    stamps = page_files(tmp_path)
    first = json.loads((tmp_path / "dataset" / "manifest.json").read_text())
    engine = ScriptedEngine(name="instant")
    again = await walk(two, tmp_path, run="r2", engine=engine, again="all")
    assert engine.calls == 0
    assert page_files(tmp_path) == stamps
    assert again.plan.from_cache == again.summary.pages.from_cache == 3
    assert [report.from_cache for report in again.slices] == [1, 1, 1]
    second = json.loads((tmp_path / "dataset" / "manifest.json").read_text())
    assert second["files"] == first["files"]
    assert second["run"] == "r2"


async def test_another_engine_reads_anew_in_the_same_workspace(two: list[Path], tmp_path: Path) -> None:
    await walk(two, tmp_path, run="r1")
    engine = ScriptedEngine(name="another")
    done = await walk(two, tmp_path, run="r2", engine=engine)
    assert done.plan.from_cache == 0
    assert engine.calls == 2, "the blank page needs no engine"


async def test_the_same_bytes_twice_are_one_document(samples: Path, tmp_path: Path) -> None:
    inputs = tmp_path / "in"
    (inputs / "sub").mkdir(parents=True)
    for name in ("a.pdf", "sub/b.pdf"):
        (inputs / name).write_bytes((samples / "code_and_formula.pdf").read_bytes())
    done = await walk([inputs], tmp_path / "ws")
    assert done.counts.documents.documents == 1
    (record,) = dolma(tmp_path / "ws")
    assert [Path(source).name for source in record["metadata"]["sources"]] == ["a.pdf", "b.pdf"]
    written = (tmp_path / "ws" / "dataset" / "markdown").rglob("*.md")
    assert sorted(path.name for path in written) == ["a.md", "b.md"]


async def test_every_source_ends_as_a_record(samples: Path, tmp_path: Path) -> None:
    inputs = tmp_path / "in"
    inputs.mkdir()
    (inputs / "good.pdf").write_bytes((samples / "code_and_formula.pdf").read_bytes())
    (inputs / "cut.pdf").write_bytes((samples / "code_and_formula.pdf").read_bytes()[:2000])
    (inputs / "empty.pdf").write_bytes(b"")
    (inputs / "notes.html").write_text("<p>no document</p>")
    done = await walk([inputs], tmp_path / "ws")
    counts = done.counts.documents
    assert (counts.documents, counts.kept, counts.failed) == (3, 1, 2)
    assert done.found.counts.new == 4, "what is no document is known, too"
    _, folder = done.ref.open()
    failed = {
        outcome.record.sources[0].name: outcome.record.reasons
        for outcome in folder.judged()
        if outcome.record.status == "failed"
    }
    assert set(failed) == {"cut.pdf", "empty.pdf"}
    assert all(len(reasons[0]) > 10 for reasons in failed.values())


async def test_a_dead_engine_fails_the_slice_and_keeps_what_is_finished(two: list[Path], tmp_path: Path) -> None:
    dead = ScriptedEngine(in_turn(EngineUnavailable("connection refused")), name="instant")
    patience = {"ladder": {"connection_seconds": 0}}
    with pytest.raises(EngineUnavailable, match="refused"):
        await walk(two, tmp_path, patience, {"orchestration": {"pages_per_task": 3}}, engine=dead, run="r1")
    assert len(page_files(tmp_path)) == 1, "the blank page was finished"
    done = await walk(two, tmp_path, patience, run="r2")
    assert done.plan.from_cache == 1
    assert done.counts.documents.kept == 1


def bad_then_good(good: bool) -> ScriptedEngine:
    step = answer("Text of the page.") if good else answer("word " * 400)
    return ScriptedEngine(in_turn(step), name="instant")


async def test_retry_failed_reads_only_the_pages_that_ended_badly(two: list[Path], tmp_path: Path) -> None:
    first = await walk(two, tmp_path, engine=bad_then_good(False), run="r1")
    assert first.counts.pages.fallback == 2, "the engine loops, so the text layer stands in"
    assert first.counts.documents.kept == 0
    idle = bad_then_good(True)
    assert (await walk(two, tmp_path, engine=idle, run="r2", again="all")).counts.pages.fallback == 2
    assert idle.calls == 0, "a plain second run leaves fallback pages as they are"
    blank = next(
        path for path in page_files(tmp_path) if PageRecord.model_validate_json(path.read_text()).status == "blank"
    )
    stamp = blank.stat().st_mtime_ns
    repaired = await walk(two, tmp_path, {"retry_failed": True}, engine=bad_then_good(True), run="r3", again="all")
    assert repaired.plan.from_cache == 1
    assert repaired.counts.pages.fallback == 0
    assert repaired.counts.documents.kept == 1
    assert blank.stat().st_mtime_ns == stamp
    assert dolma(tmp_path)[0]["text"] == "Text of the page.\nText of the page."


async def test_damaged_and_emptied_records_are_read_again(two: list[Path], tmp_path: Path) -> None:
    await walk(two, tmp_path, run="r1")
    expected = dolma(tmp_path)
    one, other, _ = sorted(page_files(tmp_path))
    one.write_bytes(b"")
    healed = await walk(two, tmp_path, run="r2", again="all")
    assert healed.plan.from_cache == 2
    other.write_bytes(other.read_bytes()[:50])
    await walk(two, tmp_path, run="r3", again="all")
    await walk(two, tmp_path, run="r4", again="all")
    assert dolma(tmp_path) == expected


async def test_small_runs_show_finished_pages_and_bulk_runs_leave_them_out(tmp_path: Path) -> None:
    from pypdf import PdfWriter

    def paper(pages: int) -> Path:
        writer = PdfWriter()
        for _ in range(pages):
            writer.add_blank_page(width=72, height=72)
        path = tmp_path / f"{pages}.pdf"
        writer.write(path)
        return path

    for pages, shown in ((200, True), (201, False)):
        async with opened([paper(pages)], tmp_path / "ws", run=f"r{pages}") as (ref, runtime):
            found, _, fresh = await planned(ref, runtime)
            assert (fresh.pages, fresh.from_cache) == (pages, 0)
            assert sum(piece.pages for piece in fresh.slices) == pages
            _, folder = ref.open()
            (document,) = folder.found(found.batches[0])
            for number in range(1, 151):
                await runtime.cache.put(
                    finished_page(runtime.recipe.page_key(document.doc_id, number), document.doc_id, number)
                )
            _, _, plan = await planned(ref, runtime)
        assert plan.from_cache == 150
        assert sum(piece.pages for piece in plan.slices if piece.cached) == (150 if shown else 0)
        assert sum(piece.pages for piece in plan.slices if not piece.cached) == pages - 150
        assert (max(piece.pages for piece in plan.slices) == 1) is shown


def finished_page(key: str, doc_id: str, number: int) -> PageRecord:
    return PageRecord.model_validate(
        {
            "key": key,
            "doc_id": doc_id,
            "page_number": number,
            "status": "blank",
            "route": "blank",
            "engine": "instant:script",
            "transcription": {"text": ""},
        }
    )
