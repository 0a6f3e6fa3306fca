"""The tasks as plain functions: each calls its stage with the runtime of the flow around it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from olmocr_core.reading.progress import ProgressSnapshot
from olmocr_core.stages.begin_run import begin_run
from tasks import artifacts, documents, output, pages, progress
from tasks.runtime import current, running


async def test_tasks_find_the_runtime_of_their_flow_and_only_there(
    samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unseen(artifact: Any, now: ProgressSnapshot) -> None:
        return None

    monkeypatch.setattr(progress, "_publish", unseen)  # the artifact alone needs a server
    with pytest.raises(LookupError):
        current()
    options = {"engine": "instant", "orchestration": {"workers": 1}}
    ref = begin_run([str(samples / "code_and_formula.pdf")], str(tmp_path), [options], "r1")
    async with running(ref) as runtime, progress.live_progress(ref):
        assert current() is runtime
        found = await documents.discover.fn(ref)
        inspected = [await documents.inspect.fn(ref, batch) for batch in found.batches]
        plan = await documents.plan.fn(ref)
        assert sum(batch.pages for batch in inspected) == plan.pages == 2
        for piece in plan.slices:
            assert (await pages.render.fn(ref, piece)).not_drawn == 0
            assert (await pages.transcribe.fn(ref, piece)).pages == 1
        assert [await documents.assemble.fn(ref, batch) for batch in found.batches] == [1]
        assert (await documents.judge.fn(ref)).documents.kept == 1
        assert Path(await output.publish.fn(ref)).is_file()
        summary = await output.report.fn(ref)
    assert summary.pages.model == 2
    with pytest.raises(LookupError):
        current()
    last = json.loads((tmp_path / "runs" / "r1" / "progress.json").read_text())
    assert (last["pages"], last["done"]) == (2, 2)

    text = artifacts._markdown(summary)
    assert "| kept | 1 |" in text
    assert "| failed |" not in text, "what did not happen needs no row"
    _, folder = ref.open()
    rows = [artifacts._row(record) for record in artifacts._worst_first(folder.judged)]
    assert rows == [{"document": "code_and_formula.pdf", "status": "kept", "pages": 2, "reasons": ""}]


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
