"""``kill -9`` in turn: inference server, Prefect server, a shard, the gpu machine, the night, the cpu worker."""

from __future__ import annotations

import pytest

from tests.integration.dataset import check
from tests.integration.papers import papers
from tests.integration.processes import wait_for
from tests.integration.site import HEARTBEAT_SECONDS, Site

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(900), pytest.mark.parametrize("site", ["sqlite"], indirect=True)]
SLOTS = 4
NOTICED_SECONDS = HEARTBEAT_SECONDS + 60


def reading(site: Site, night: str, pages: int) -> str:
    """The shard that is being read, when the model has been asked for so many pages in all."""
    wait_for(f"{pages} pages", lambda: len(site.witness.look().pages) >= pages, 240)
    return wait_for("a shard that is read", lambda: site.api.shard_running(night, "gpu"), 120)


def in_flight(site: Site) -> int:
    """Requests that the dead model server had not answered."""
    seen = site.witness.look()
    return (seen.asked - seen.done).total()


def test_everything_that_a_night_stands_on_is_killed(healthy: Site) -> None:
    site = healthy
    found = papers(30, 6)
    site.fill("chaos/in", found)
    site.crew.kill("model")
    model = ("--slots", SLOTS, "--seconds-per-page", 0.6)
    site.start_model(*model)
    lost: dict[str, int] = {}
    night = site.start_night("chaos", pages_per_shard=60)

    reading(site, night, 10)
    site.crew.kill("model")
    lost["inference server"] = in_flight(site)
    site.start_model(*model)

    reading(site, night, 25)
    site.crew.kill("server")
    site.start_server()

    shard = reading(site, night, 45)
    process = site.crew.flow_process(shard)
    assert process
    process.kill()
    site.api.ended(shard, 60)
    lost["shard"] = site.lost("chaos")

    shard = reading(site, night, 80)
    site.crew.kill("gpu", with_children=True)
    lost["gpu machine"] = site.lost("chaos")
    site.start_worker("gpu")
    assert site.api.ended(shard, NOTICED_SECONDS)["state_type"] == "CRASHED"

    reading(site, night, 110)
    process = site.crew.flow_process(night)
    assert process
    process.kill()
    assert site.api.ended(night, 60)["state_type"] == "CRASHED", "the worker saw it die"

    again = site.start_night("chaos", pages_per_shard=60)
    reading(site, again, 130)
    site.crew.kill("cpu")
    site.start_worker("cpu")
    # What ran under that worker ends at its next line of log; it must say so, and the next run goes on.
    for _ in range(2):
        state = site.api.ended(again, 300)["state_type"]
        if state == "COMPLETED":
            break
        assert state == "CRASHED", site.api.logs(again)
        again = site.start_night("chaos", pages_per_shard=60)
    assert site.api.ended(again, 300)["state_type"] == "COMPLETED", site.api.logs(again)

    seen = site.witness.look()
    check(site.bucket, "chaos/ws", found, seen)
    print(f"\nin flight when something died: {lost}; pages asked for again: {seen.repeats}")  # noqa: T201
    assert 0 < seen.repeats <= sum(lost.values()), lost
    # What is in flight is bounded: a process holds no more pages than it may, the server no more than its slots and queue.
    assert all(count <= 70 for count in lost.values()), lost
