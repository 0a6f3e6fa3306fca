"""Shards that are read in this process: bounded, tried again, counted, and shown."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any
from uuid import UUID, uuid4

import pytest

from olmocr_core.errors import SliceError
from olmocr_core.plan import Shard
from olmocr_core.stages.begin import RunRef
from tasks import progress
from tasks.dispatch import ATTEMPTS, Dispatch, failures, run_shards

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
    assert "1 of 3 shards were not read (shard 2 of 3: the engine stayed away)" in failures(results)
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
    assert failures(results) == ""


async def test_a_night_with_nothing_to_read_is_done(shown: list[tuple[float, str]]) -> None:
    async def read(*_: Any) -> object:
        raise AssertionError

    assert await run_shards(Dispatch(REF, "inline", 2, 2, read), []) == []
    assert shown == [(100.0, "reading: 0 of 0 shards ended; 0 of 0 pages read")]
