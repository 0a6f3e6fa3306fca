from __future__ import annotations

import asyncio
import signal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prefect.exceptions import TerminationSignal

from olmocr_core.domain.errors import EngineUnavailable
from tasks.gather import gather_bounded


class Crowd:
    """Counts how many are inside at once; each lets the loop turn a few times before it goes on."""

    def __init__(self) -> None:
        self.inside = self.most = self.started = self.finished = 0

    async def __call__(self, turns: int) -> int:
        self.started += 1
        self.inside += 1
        self.most = max(self.most, self.inside)
        try:
            for _ in range(turns):
                await asyncio.sleep(0)
        finally:
            self.inside -= 1
        self.finished += 1
        return turns


@given(st.lists(st.integers(0, 5), max_size=20), st.integers(1, 8))
def test_results_come_in_order_and_never_more_than_the_limit_at_once(items: list[int], limit: int) -> None:
    crowd = Crowd()
    assert asyncio.run(gather_bounded(crowd, items, limit)) == items
    assert crowd.most <= limit


async def test_the_limit_is_used() -> None:
    crowd = Crowd()
    await gather_bounded(crowd, [3] * 10, limit=4)
    assert crowd.most == 4


async def test_the_first_failure_is_raised_as_itself_and_ends_the_rest() -> None:
    never = asyncio.Event()
    cancelled: list[int] = []

    async def work(item: int) -> int:
        if item == 1:
            raise EngineUnavailable("connection refused")
        try:
            await never.wait()
        except asyncio.CancelledError:
            cancelled.append(item)
            raise
        return item

    with pytest.raises(EngineUnavailable, match="refused") as caught:
        await gather_bounded(work, range(5), limit=3)
    assert {0, 2} <= set(cancelled), "those that ran are cancelled"
    assert 4 not in cancelled, "those that waited never begin"
    assert caught.value.__suppress_context__


async def test_what_finished_before_a_failure_stays_finished() -> None:
    crowd = Crowd()

    async def work(item: int) -> int:
        if item == 3:
            raise OSError("disk")
        return await crowd(item)

    with pytest.raises(OSError, match="disk"):
        await gather_bounded(work, range(6), limit=1)
    assert crowd.finished == 3


async def test_cancelling_the_whole_cancels_the_parts() -> None:
    crowd = Crowd()
    whole = asyncio.create_task(gather_bounded(crowd, [1 << 30] * 4, limit=2))
    for _ in range(4):
        await asyncio.sleep(0)
    assert crowd.inside == 2
    whole.cancel()
    with pytest.raises(asyncio.CancelledError):
        await whole
    assert (crowd.inside, crowd.finished, crowd.started) == (0, 0, 2)


async def test_a_signal_that_ends_the_process_is_raised_as_itself() -> None:
    async def work(item: int) -> int:
        raise TerminationSignal(signal.SIGTERM) if item else EngineUnavailable("connection refused")

    with pytest.raises(TerminationSignal):
        await gather_bounded(work, range(2), limit=2)
