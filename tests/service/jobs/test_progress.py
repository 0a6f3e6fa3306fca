from __future__ import annotations

import asyncio

from olmocr_core.domain.models import PageSummary
from service.jobs.progress import FinishedPage, JobProgress, finished_page


def page(number: int) -> PageSummary:
    return PageSummary(page_number=number, status="ok", route="ocr", engine="cpu", attempts=1)


def test_what_is_told_of_a_page() -> None:
    assert finished_page(page(3)) == FinishedPage(page=3, status="ok", route="ocr")


async def test_everyone_who_waits_is_woken_by_each_page_and_by_the_end() -> None:
    progress = JobProgress()
    waiting = [asyncio.create_task(progress.bell.wait()) for _ in range(3)]
    end = asyncio.create_task(progress.wait_for_end())
    await asyncio.sleep(0)
    progress.start(2)
    await asyncio.gather(*waiting)
    assert (progress.pages, progress.running, end.done()) == (2, True, False)
    progress.pause()
    assert not progress.running
    progress.end()
    await end
    await progress.wait_for_end()


async def test_a_page_that_comes_while_someone_looks_is_not_missed() -> None:
    progress = JobProgress()
    bell = progress.bell
    progress.start(1)
    await asyncio.wait_for(bell.wait(), 1)
    assert not progress.bell.is_set()
