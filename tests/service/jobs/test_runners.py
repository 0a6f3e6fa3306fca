from __future__ import annotations

from pathlib import Path
from typing import cast

from service.jobs.data_folder import DataFolder
from service.jobs.models import JobOptions
from service.jobs.runner import JobRunner, RunnerLimits
from service.jobs.runners import Runners
from service.jobs.store import JobStore
from tests.service.jobs.examples import a_job


def test_a_job_goes_to_the_runner_of_its_engine(tmp_path: Path) -> None:
    own, other = (JobRunner(cast(JobStore, None), DataFolder(tmp_path), RunnerLimits()) for _ in range(2))
    runners = Runners({"": own, "server": other}, own="cpu")
    assert [runners.find(name) for name in ("", "cpu", "server", "sglang")] == ["", "", "server", None]
    assert (runners.engines, runners.others) == (("cpu", "server"), ("server",))
    job = a_job(options=JobOptions(engine="server"))
    assert runners.of(job) is other
    runners.of(job).add(job)
    assert (runners.waiting, own.progress(job.id)) == (1, None)
    assert runners.progress(job.id) is other.progress(job.id) is not None
    # It was accepted before the engine was taken away: it ends all the same.
    assert runners.of(a_job(options=JobOptions(engine="gone"))) is own
