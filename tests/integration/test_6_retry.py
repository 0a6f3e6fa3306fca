"""The button *Retry* on a night that has failed: the same flow run goes on where it stood."""

from __future__ import annotations

import pytest

from tests.integration.dataset import check
from tests.integration.papers import papers
from tests.integration.processes import wait_for
from tests.integration.site import Site

pytestmark = pytest.mark.parametrize("site", ["sqlite"], indirect=True)
ATTEMPTS = 3


def test_a_failed_night_that_is_retried(healthy: Site) -> None:
    site = healthy
    found = papers(8, 6)
    site.fill("retry/in", found)
    site.restart_model("--slots", 2, "--seconds-per-page", 1.0)
    night = site.start_night("retry", pages_per_shard=48)
    lost = 0
    for attempt in range(1, ATTEMPTS + 1):
        wait_for("pages", lambda so_far=4 * attempt: site.witness.look().done.total() >= so_far, 180)
        shard = wait_for("the shard", lambda: site.api.running_on("gpu"), 30)
        process = site.crew.flow_process(shard)
        assert process
        process.kill()
        lost += site.lost("retry")
        assert site.api.ended(shard, 60)["state_type"] == "CRASHED"
    failed = site.api.ended(night, 60)
    assert failed["state_type"] == "FAILED"
    assert "1 of 1 shards were not read" in failed["state"]["message"]

    site.restart_model()
    site.api.retry(night)
    site.api.comes_to(night, "COMPLETED", 240)
    assert site.api.flow_run(night)["run_count"] == 2
    seen = site.witness.look()
    dataset = check(site.bucket, "retry/ws", found, seen)
    assert dataset.manifest["run"].endswith("-2")
    assert 0 < seen.repeats <= lost
    assert site.api.unfinished() == []
