"""Documents inspected and planned: what the page cache holds is left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from olmocr_core.domain.errors import EngineUnavailable, UsageError
from olmocr_core.domain.models import PageRecord
from olmocr_core.engines.scripted import ScriptedEngine, answer, in_turn
from olmocr_core.reading.slices import SMALLEST_SHARD
from olmocr_core.stages import documents
from olmocr_core.stages.compare_sources import compare_sources
from olmocr_core.stages.documents import Sharding
from tests.core.stages.nights import make_unreadable, write
from tests.core.stages.walking import dolma, finished_page, opened, page_files, planned, walk


async def test_a_plan_says_what_its_shards_are(two: list[Path], tmp_path: Path) -> None:
    async with opened(two, tmp_path) as (ref, runtime):
        _, _, whole = await planned(ref, runtime)
        assert whole.pages_per_shard is None
        assert [shard.pages for shard in whole.shards] == [3]
        in_twos = await documents.make_plan(ref, runtime, Sharding(pages=2, in_flight=1))
        assert [shard.pages for shard in in_twos.shards] == [2, 1]
        by_itself = await documents.make_plan(ref, runtime, Sharding(in_flight=2))
        assert by_itself.pages_per_shard == SMALLEST_SHARD


async def test_another_engine_reads_anew_in_the_same_workspace(two: list[Path], tmp_path: Path) -> None:
    await walk(two, tmp_path, run="r1")
    engine = ScriptedEngine(name="another")
    done = await walk(two, tmp_path, run="r2", engine=engine)
    assert done.plan.from_cache == 0
    assert engine.calls == 2, "the blank page needs no engine"


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


async def test_a_document_that_was_opened_once_is_not_opened_again(samples: Path, tmp_path: Path) -> None:
    paper = tmp_path / "in" / "a.pdf"
    write(paper, samples, "a")
    for run in ("r1", "r2"):
        async with opened([paper], tmp_path / "ws", run=run) as (ref, runtime):
            found = await compare_sources(ref, runtime)
            make_unreadable([paper] if run == "r2" else [])
            (inspected,) = [await documents.inspect_batch(ref, runtime, batch) for batch in found.batches]
            assert (inspected.documents, inspected.pages, inspected.unreadable) == (1, 2, 0)


async def test_a_run_without_documents_has_nothing_to_plan(tmp_path: Path) -> None:
    async with opened([tmp_path], tmp_path / "ws") as (ref, _):
        with pytest.raises(UsageError, match=r"run r in .* has no documents"):
            documents.batches_of(ref)
