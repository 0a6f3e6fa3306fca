"""The progress file and the progress artifact of a run."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from olmocr_core.reading.progress import ProgressSnapshot
from olmocr_core.reading.slices import Shard
from olmocr_core.stages.begin_run import RunRef, begin_run
from olmocr_core.storage.files import write_atomic
from tasks import progress
from tasks.progress import ShardsProgress, live_progress
from tasks.runtime import current_runtime, open_flow_runtime
from tests.core.stages.walking import INSTANT


@pytest.fixture
def ref(samples: Path, tmp_path: Path) -> RunRef:
    """A run that has begun."""
    return begin_run([str(samples / "blank.pdf")], str(tmp_path), [INSTANT], "r1")


def shown(ref: RunRef) -> dict[str, Any]:
    _, folder = ref.open()
    found: dict[str, Any] = json.loads(folder.progress.read_bytes())
    return found


async def test_the_file_holds_the_last_state_when_the_block_ends(ref: RunRef) -> None:
    async with open_flow_runtime(ref), live_progress(ref):
        current_runtime().progress.pages = 2
        current_runtime().progress.start_stage("reading")
    assert (shown(ref)["pages"], shown(ref)["stage"]) == (2, "reading")


async def test_a_full_disk_does_not_end_a_run(ref: RunRef, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, data: bytes) -> None:
        raise OSError(28, "No space left on device")

    async with open_flow_runtime(ref):
        monkeypatch.setattr(progress, "write_atomic", full)
        async with live_progress(ref):
            pass
        monkeypatch.setattr(progress, "write_atomic", write_atomic)
        async with live_progress(ref):
            pass
    assert shown(ref)["stage"] == "starting"


async def test_a_disk_that_stays_full_is_told_once_by_the_updates_and_once_at_the_end(
    ref: RunRef, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    writes, enough = 0, asyncio.Event()
    loop = asyncio.get_running_loop()

    def full(path: Path, data: bytes) -> None:
        nonlocal writes
        writes += 1
        if writes == 5:
            loop.call_soon_threadsafe(enough.set)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(progress, "FILE_SECONDS", 0.001)
    async with open_flow_runtime(ref):
        monkeypatch.setattr(progress, "write_atomic", full)
        async with live_progress(ref):
            await enough.wait()
    told = [record for record in caplog.records if "progress not written" in record.getMessage()]
    assert len(told) == 2


async def test_shards_that_end_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[float, str]] = []

    async def create(percent: float, *, key: str, description: str) -> Any:
        assert key == "night-progress"
        told.append((percent, description))
        return uuid4()

    async def update(artifact: Any, *, progress: float, description: str) -> None:
        told.append((progress, description))

    monkeypatch.setattr(progress, "acreate_progress_artifact", create)
    monkeypatch.setattr(progress, "aupdate_progress_artifact", update)
    first, second = (Shard(label=f"shard {n} of 2", first=n, last=n, pages=n * 10, key=str(n)) for n in (1, 3))
    night = ShardsProgress([first, second])
    await night.begin()
    await night.ended(first, "")
    await night.ended(second, "the engine stayed away")
    assert told == [
        (0.0, "reading: 0 of 2 shards ended; 0 of 40 pages read"),
        (25.0, "reading: 1 of 2 shards ended; 10 of 40 pages read"),
        (25.0, "reading: 2 of 2 shards ended, 1 of them failed; 10 of 40 pages read"),
    ]


async def test_a_server_that_is_away_does_not_end_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_: Any, **__: Any) -> None:
        raise httpx.ConnectError("refused")

    monkeypatch.setattr(progress, "acreate_progress_artifact", away)
    monkeypatch.setattr(progress, "aupdate_progress_artifact", away)
    known = uuid4()
    assert await progress._publish(None, ProgressSnapshot()) is None
    assert await progress._publish(known, ProgressSnapshot(pages=4, done=1)) == known


async def test_progress_is_a_share_of_all_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[float, str]] = []

    async def update(artifact: Any, *, progress: float, description: str) -> None:
        told.append((progress, description))

    monkeypatch.setattr(progress, "aupdate_progress_artifact", update)
    now = ProgressSnapshot(stage="reading", pages=8, done=2, pages_per_second=1.5, seconds_left=125.4)
    await progress._publish(uuid4(), now)
    await progress._publish(uuid4(), ProgressSnapshot())
    assert told == [
        (25.0, "reading: 2 of 8 pages, 1.5 pages/s, 2:05 left"),
        (0.0, "starting: 0 of 0 pages, 0.0 pages/s, time left unknown"),
    ]
