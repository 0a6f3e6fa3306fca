from __future__ import annotations

import asyncio

from service.jobs.page_gate import PageGate


class Pages:
    """Pages that stay inside of a gate until a test lets them out."""

    def __init__(self, gate: PageGate) -> None:
        self._gate = gate
        self.inside: list[int] = []
        self._out: dict[int, asyncio.Event] = {}
        self.tasks: dict[int, asyncio.Task[None]] = {}

    async def start(self, *numbers: int) -> None:
        for number in numbers:
            self._out[number] = asyncio.Event()
            self.tasks[number] = asyncio.create_task(self._read(number))
        await settle()

    async def finish(self, number: int) -> None:
        self._out[number].set()
        await settle()

    async def _read(self, number: int) -> None:
        async with self._gate:
            self.inside.append(number)
            await self._out[number].wait()
        self.inside.remove(number)


async def settle() -> None:
    """Let every task go as far as it can."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_no_more_are_inside_than_may_be_and_the_first_goes_first() -> None:
    most = 2
    pages = Pages(PageGate(lambda: most))
    await pages.start(1, 2, 3, 4, 5)
    assert pages.inside == [1, 2]
    # Fewer are allowed from now on: nobody follows the first that leaves.
    most = 1
    await pages.finish(1)
    assert pages.inside == [2]
    await pages.finish(2)
    assert pages.inside == [3]
    most = 3
    await pages.finish(3)
    assert pages.inside == [4, 5]


async def test_who_is_cancelled_takes_no_place() -> None:
    pages = Pages(PageGate(lambda: 1))
    await pages.start(1, 2, 3, 4)
    pages.tasks[2].cancel()
    # In the moment in which it is given its place.
    pages._out[1].set()
    await asyncio.sleep(0)
    pages.tasks[3].cancel()
    await settle()
    assert pages.inside == [4]
    await pages.finish(4)
    await pages.start(5)
    assert pages.inside == [5]
