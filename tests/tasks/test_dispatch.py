"""Shards carried out: bounded, tried again, counted, and shown; in this process, or by flow runs that the test ends."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from types import SimpleNamespace
from typing import Any, Self
from uuid import UUID, uuid4

import pytest
from prefect.client.schemas.objects import State, StateType

from olmocr_core.domain.errors import RunError, SliceError
from olmocr_core.reading.slices import Shard
from olmocr_core.stages.begin_run import RunRef
from tasks import dispatch, progress
from tasks.dispatch import (
    ATTEMPTS,
    RENDER,
    TRANSCRIBE,
    Dispatch,
    ShardResult,
    describe_failures,
    draw_groups,
    run_shards,
)

REF = RunRef(workspace="/w", run="r")


def shards(*pages: int) -> list[Shard]:
    return [
        Shard(label=f"shard {index} of {len(pages)}", first=index, last=index, pages=count, key=str(index))
        for index, count in enumerate(pages, 1)
    ]


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[tuple[float, str]]:
    """What the progress artifact has said, in order."""
    said: list[tuple[float, str]] = []

    async def create(percent: float, *, key: str, description: str) -> UUID:
        assert key == "night-progress"
        said.append((percent, description))
        return uuid4()

    async def update(artifact: UUID, *, progress: float, description: str) -> None:
        said.append((progress, description))

    monkeypatch.setattr(progress, "acreate_progress_artifact", create)
    monkeypatch.setattr(progress, "aupdate_progress_artifact", update)
    return said


async def test_a_shard_that_fails_is_tried_again_and_then_told(shown: list[tuple[float, str]]) -> None:
    calls: Counter[int] = Counter()

    async def read(workspace: str, run: str, first: int, last: int) -> object:
        calls[first] += 1
        if first == 2 or (first == 3 and calls[3] == 1):
            raise SliceError("the engine stayed away")
        return None

    how = Dispatch(REF, "inline", 1, 1, read)
    results = await run_shards(how, shards(100, 50, 50))
    assert calls == {1: 1, 2: ATTEMPTS, 3: 2}
    assert [(one.attempts, bool(one.error)) for one in results] == [(1, False), (ATTEMPTS, True), (2, False)]
    assert "1 of 3 shards were not read (shard 2 of 3: the engine stayed away)" in describe_failures(results)
    assert shown[0] == (0.0, "reading: 0 of 3 shards ended; 0 of 200 pages read")
    assert shown[-1] == (75.0, "reading: 3 of 3 shards ended, 1 of them failed; 150 of 200 pages read")
    assert [percent for percent, _ in shown] == sorted(percent for percent, _ in shown)


async def test_no_more_shards_are_read_at_once_than_asked_for(shown: list[tuple[float, str]]) -> None:
    running, most = 0, 0

    async def read(*_: Any) -> object:
        nonlocal running, most
        running += 1
        most = max(most, running)
        # Anybody else who may run gets the chance to.
        for _ in range(20):
            await asyncio.sleep(0)
        running -= 1
        return None

    results = await run_shards(Dispatch(REF, "inline", 2, 2, read), shards(*[10] * 7))
    assert (most, len(results)) == (2, 7)
    assert describe_failures(results) == ""


async def test_a_night_with_nothing_to_read_is_done(shown: list[tuple[float, str]]) -> None:
    async def read(*_: Any) -> object:
        raise AssertionError

    assert await run_shards(Dispatch(REF, "inline", 2, 2, read), []) == []
    assert shown == [(100.0, "reading: 0 of 0 shards ended; 0 of 0 pages read")]


@pytest.mark.parametrize(
    ("count", "ahead", "sizes"),
    [
        (0, 2, []),
        (1, 2, [1]),
        (2, 2, [1, 1]),
        (4, 2, [1, 2, 1]),
        (5, 16, [1, 2, 2]),
        (3, 1, [1, 1, 1]),
        (3, 0, [1, 1, 1]),
    ],
)
def test_the_first_shard_is_drawn_alone_and_the_others_together(count: int, ahead: int, sizes: list[int]) -> None:
    given = shards(*[10] * count)
    groups = draw_groups(given, ahead)
    assert [len(group) for group in groups] == sizes
    assert [shard for group in groups for shard in group] == given


class Pools:
    """Stands for the flow runs on the pools: each ends when the test says so."""

    def __init__(self) -> None:
        self.started: list[tuple[str, int, int, bool | None]] = []
        self.keys: list[str] = []
        self.running: dict[tuple[str, int], asyncio.Future[StateType]] = {}

    def __call__(self) -> Self:
        return self

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        return None

    async def start(self, deployment: str, parameters: dict[str, Any], key: str, numbers: itertools.count[int]) -> Any:
        where = (deployment, parameters["first"])
        self.started.append((*where, parameters["last"], parameters.get("drawn")))
        self.keys.append(f"{key}-{next(numbers)}")
        self.running[where] = asyncio.get_running_loop().create_future()
        return where

    async def wait_for_end(self, where: tuple[str, int]) -> Any:
        kind = await self.running[where]
        return SimpleNamespace(state=State(type=kind, message="by the test"))

    async def end(self, deployment: str, first: int, kind: StateType = StateType.COMPLETED) -> None:
        """End a flow run, and let everything happen that follows from it."""
        self.running.pop((deployment, first)).set_result(kind)
        await settle()

    def now(self, deployment: str) -> list[int]:
        """The first slices of the flow runs of a deployment that run."""
        return sorted(first for name, first in self.running if name == deployment)


async def settle() -> None:
    for _ in range(50):
        await asyncio.sleep(0)


@pytest.fixture
def pools(monkeypatch: pytest.MonkeyPatch, shown: list[tuple[float, str]]) -> Pools:
    found = Pools()
    monkeypatch.setattr(dispatch, "FlowRuns", found)
    return found


async def nobody(*_: Any) -> object:
    raise AssertionError("nothing is read in this process")


async def begun(count: int, in_flight: int, ahead: int) -> asyncio.Task[list[ShardResult]]:
    how = Dispatch(REF, "deployments", in_flight, ahead, nobody)
    night = asyncio.create_task(run_shards(how, shards(*[10] * count)))
    await settle()
    return night


async def test_drawing_stays_ahead_of_reading_and_no_further_than_asked_for(pools: Pools) -> None:
    night = await begun(6, 1, 2)
    assert (pools.now(RENDER), pools.now(TRANSCRIBE)) == ([1, 2], []), "three of six: one in flight and two ahead"
    await pools.end(RENDER, 2)
    assert (pools.now(RENDER), pools.now(TRANSCRIBE)) == ([1], [2]), "who is drawn first is read first"
    await pools.end(RENDER, 1)
    await pools.end(TRANSCRIBE, 2)
    assert (pools.now(RENDER), pools.now(TRANSCRIBE)) == ([], [3]), "one place is not enough for two shards"
    await pools.end(TRANSCRIBE, 3)
    assert (pools.now(RENDER), pools.now(TRANSCRIBE)) == ([4], [1])
    await pools.end(TRANSCRIBE, 1)
    await pools.end(RENDER, 4)
    assert (pools.now(RENDER), pools.now(TRANSCRIBE)) == ([6], [4])
    await pools.end(TRANSCRIBE, 4)
    await pools.end(RENDER, 6)
    await pools.end(TRANSCRIBE, 5)
    await pools.end(TRANSCRIBE, 6)
    assert [one.error for one in await night] == [""] * 6
    drawn = [(first, last) for name, first, last, _ in pools.started if name == RENDER]
    assert drawn == [(1, 1), (2, 3), (4, 5), (6, 6)]
    assert {drawn for name, _, _, drawn in pools.started if name == TRANSCRIBE} == {True}
    assert len(set(pools.keys)) == 10


async def test_what_was_not_drawn_ahead_is_drawn_when_it_is_read(pools: Pools) -> None:
    night = await begun(1, 1, 1)
    await pools.end(RENDER, 1, StateType.CRASHED)
    assert pools.started[-1] == (TRANSCRIBE, 1, 1, False)
    await pools.end(TRANSCRIBE, 1, StateType.FAILED)
    await pools.end(TRANSCRIBE, 1)
    (result,) = await night
    assert (result.attempts, result.error) == (2, "")
    assert [key.rpartition("-")[2] for key in pools.keys] == ["1", "1", "2"], "no key is asked for twice"


async def test_a_shard_that_somebody_cancels_ends_the_night(pools: Pools) -> None:
    night = await begun(1, 1, 1)
    await pools.end(RENDER, 1)
    await pools.end(TRANSCRIBE, 1, StateType.CANCELLED)
    with pytest.raises(RunError, match="shard 1 of 1 was cancelled"):
        await night
