"""A worker whose time ends, as under a scheduler of jobs: it finishes the shard that it has, and takes no other."""

from __future__ import annotations

import subprocess

import pytest

from tests.integration.dataset import check
from tests.integration.papers import papers
from tests.integration.processes import wait_for
from tests.integration.site import Site

pytestmark = pytest.mark.parametrize("site", ["sqlite"], indirect=True)


def test_a_worker_that_is_asked_to_end_finishes_its_shard(healthy: Site) -> None:
    site = healthy
    found = papers(6, 6)
    site.fill("drain/in", found)
    site.restart_model("--slots", 2, "--seconds-per-page", 0.5)
    night = site.start_night("drain", pages_per_shard=18)
    wait_for("pages that are read", lambda: len(site.witness.look().done) >= 4, 180)
    shard = wait_for("the shard", lambda: site.api.running_on("gpu"), 30)
    worker: subprocess.Popen[bytes] = site.crew.members["gpu"]
    worker.terminate()
    assert worker.wait(120) == 0
    assert site.api.state(shard) == "COMPLETED"
    # Nobody took the other shard.
    assert site.api.running_on("gpu") == ""
    assert len(site.witness.look().pages) == site.page_records("drain") < 36

    site.start_worker("gpu")
    assert site.api.ended(night, 240)["state_type"] == "COMPLETED", site.api.logs(night)
    seen = site.witness.look()
    check(site.bucket, "drain/ws", found, seen)
    assert seen.repeats == 0
