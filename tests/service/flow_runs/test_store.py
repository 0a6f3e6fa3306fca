from __future__ import annotations

from pathlib import Path

from service.flow_runs.models import FlowRun
from service.flow_runs.store import FlowRunStore
from service.jobs.database import open_database
from service.jobs.store import JobStore
from tests.service.jobs.examples import a_job


async def test_a_flow_run_knows_its_jobs_until_they_have_ended(tmp_path: Path) -> None:
    job = a_job()
    async with open_database(tmp_path / "jobs.sqlite") as engine:
        flows, jobs = FlowRunStore(engine), JobStore(engine)
        await jobs.add(job)
        flow = FlowRun(id=job.id, created=1.5)
        await flows.open(flow, [job.id])
        assert await flows.all_open() == [job.id]
        assert [one.id for one in await flows.jobs(job.id)] == [job.id]
        closed = flow.model_copy(update={"run_id": "r", "state": "closed"})
        await flows.save(closed, "http://prefect/r")
        assert await flows.get(job.id) == closed
        assert await flows.all_open() == []
        [found] = await flows.jobs(job.id)
        assert (found.flow, found.flow_run) == (job.id, "http://prefect/r")
        await jobs.save(found.model_copy(update={"state": "done"}))
        assert await flows.jobs(job.id) == []
        await flows.remove(job.id)
        assert await flows.get(job.id) is None


def test_the_key_of_a_flow_run_changes_with_each_try_and_each_opening() -> None:
    flow = FlowRun(id="a", created=1.5)
    changed = (flow.model_copy(update={"tries": 1}), flow.model_copy(update={"created": 2.5}))
    assert len({flow.key, *(one.key for one in changed)}) == 3
