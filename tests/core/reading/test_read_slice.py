import asyncio

import pytest

from olmocr_core.domain.errors import EngineUnavailable, PageError, SourceChanging
from olmocr_core.domain.models import PageImage, PageRef, Rotation
from olmocr_core.engines.scripted import ScriptedEngine, answer, in_turn
from olmocr_core.reading.progress import Progress
from olmocr_core.reading.read_slice import ReadContext, read_slice
from tests.core.fakes import ImaginaryPages, MemoryCache, page, tools

PAGES = [page(number) for number in range(1, 21)]


def context(
    engine: ScriptedEngine, cache: MemoryCache, limit: int = 4, pages: ImaginaryPages | None = None, **more: bool
) -> ReadContext:
    return ReadContext(tools(engine, pages, budget=0), cache, asyncio.Semaphore(limit), Progress(), **more)


async def test_each_page_is_stored_as_it_finishes_and_a_second_run_asks_nothing() -> None:
    engine, cache = ScriptedEngine(), MemoryCache()
    first = await read_slice(PAGES, context(engine, cache))
    again = await read_slice(PAGES, context(engine, cache))
    assert (first.pages, first.from_cache, first.statuses) == (20, 0, {"ok": 20})
    assert (again.pages, again.from_cache) == (20, 20)
    assert engine.calls == cache.puts == 20


async def test_pages_in_progress_never_exceed_the_limit() -> None:
    engine = ScriptedEngine(seconds=0.001)
    await read_slice(PAGES, context(engine, MemoryCache(), limit=3))
    assert engine.most_in_flight == 3


async def test_finished_pages_stay_cached_when_the_engine_fails() -> None:
    def script(request, call):  # type: ignore[no-untyped-def]
        return EngineUnavailable("gone") if request.page.page_number > 10 else answer("text")

    engine, cache = ScriptedEngine(script), MemoryCache()
    with pytest.raises(EngineUnavailable):
        await read_slice(PAGES, context(engine, cache))
    assert await cache.finished(PAGES[0].doc_id) == set(range(1, 11))


class ChangingPages(ImaginaryPages):
    """The file of page 7 changes while the page is drawn, in the first run."""

    changes = 1

    async def render(self, page: PageRef, rotation_ccw: Rotation = 0) -> tuple[bytes, PageImage]:
        if page.page_number == 7 and self.changes:
            self.changes -= 1
            raise SourceChanging("the file changed while it was read")
        return await super().render(page, rotation_ccw)


async def test_a_page_of_a_changing_file_is_kept_under_no_document_and_read_again() -> None:
    cache, pages = MemoryCache(), ChangingPages()
    first = await read_slice(PAGES, context(ScriptedEngine(), cache, pages=pages))
    assert (first.pages, first.statuses) == (19, {"ok": 19})
    assert {key: error.code for key, error in first.unavailable.items()} == {PAGES[6].doc_id: "source_changing"}
    assert await cache.finished(PAGES[0].doc_id) == set(range(1, 21)) - {7}
    again = await read_slice(PAGES, context(ScriptedEngine(), cache, pages=pages))
    assert (again.from_cache, again.statuses) == (19, {"ok": 20})


async def test_one_bad_page_does_not_affect_the_others() -> None:
    cache = MemoryCache()
    report = await read_slice(PAGES, context(ScriptedEngine(), cache, pages=ImaginaryPages(broken=frozenset({7}))))
    assert report.statuses == {"ok": 19, "failed": 1}
    assert cache.records[PAGES[6].doc_id, 7].error is not None


async def test_a_repair_run_reads_only_failed_and_fallback_pages() -> None:
    engine, cache = ScriptedEngine(in_turn(PageError("no"), answer("yes"))), MemoryCache()
    await read_slice(PAGES[:3], context(engine, cache))
    report = await read_slice(PAGES[:3], context(engine, cache, retry_failed=True))
    assert report.statuses == {"ok": 3}
    final = await read_slice(PAGES[:3], context(engine, cache, retry_failed=True))
    assert (final.from_cache, engine.calls) == (3, 6)


async def test_tokens_count_only_pages_read_in_this_run() -> None:
    engine, cache = ScriptedEngine(in_turn(answer("four"))), MemoryCache()
    assert (await read_slice(PAGES, context(engine, cache))).input_tokens == 20 * 1700
    assert (await read_slice(PAGES, context(engine, cache))).input_tokens == 0
