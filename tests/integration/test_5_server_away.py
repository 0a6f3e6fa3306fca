"""The Prefect server is away for longer than hearts may be silent, in the middle of a night; alone, and with a machine lost."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tasks.prefect_compat.idempotency import NO_HEARTBEAT
from tests.integration.dataset import check
from tests.integration.papers import Paper, papers
from tests.integration.processes import wait_for
from tests.integration.site import Site

pytestmark = pytest.mark.parametrize("site", ["sqlite"], indirect=True)
# A flow run's heart beats every 30 s.
HEARTBEAT_SECONDS, AWAY_SECONDS = 45, 60
PAGES = 72


@contextmanager
def server_away(site: Site) -> Iterator[None]:
    """The server ends in order, and is there again after the block and the time are over."""
    server = site.crew.members["server"]
    server.send_signal(signal.SIGTERM)
    server.wait(60)
    left = time.monotonic()
    yield
    wait_for("the minute's end", lambda: time.monotonic() - left > AWAY_SECONDS, AWAY_SECONDS + 10)
    site.start_server()


def a_night_that_reads(site: Site, name: str, seconds_per_page: float = 2.5) -> tuple[str, str, list[Paper]]:
    """A night of one shard, some pages of which are read; night, shard, and documents."""
    found = papers(PAGES // 6, 6)
    site.fill(f"{name}/in", found)
    site.deploy("automations", heartbeat_seconds=HEARTBEAT_SECONDS)
    site.restart_model("--slots", 2, "--seconds-per-page", seconds_per_page)
    night = site.start_night(name, pages_per_shard=PAGES)
    wait_for("pages that are read", lambda: len(site.witness.look().done) >= 4, 180)
    shard = wait_for("the shard", lambda: site.api.running_on("gpu"), 30)
    return night, shard, found


def test_a_server_that_is_away_for_longer_than_hearts_may_be_silent(healthy: Site) -> None:
    site = healthy
    # Longer than the server is away and starts: a night that ends before it is back is never declared dead.
    night, shard, found = a_night_that_reads(site, "away", seconds_per_page=4.5)
    with server_away(site):
        pass
    # Both live all the time, and the server thinks otherwise. Its automation looks every 5 s, and the beats that it
    # has missed are sent as soon as it is back: which comes first is chance.
    for run in (night, shard):
        site.api.declare_dead(run, f"{NO_HEARTBEAT} {HEARTBEAT_SECONDS} seconds")
    site.api.comes_to(night, "COMPLETED", 300)
    assert all(_declared_dead(site, run) for run in (night, shard))
    assert [other["state_type"] for other in site.api.shards(night)] == ["COMPLETED", "COMPLETED"]
    seen = site.witness.look()
    check(site.bucket, "away/ws", found, seen)
    assert seen.repeats == 0
    assert site.api.unfinished() == []


def test_a_machine_that_vanishes_while_the_server_is_away(healthy: Site) -> None:
    site = healthy
    night, shard, found = a_night_that_reads(site, "vanished")
    with server_away(site):
        site.crew.kill("gpu", with_children=True)
        lost = site.lost("vanished")
        site.restart_model()
    site.start_worker("gpu")
    site.api.comes_to(night, "COMPLETED", 300)
    assert site.api.state(shard) == "CRASHED"
    seen = site.witness.look()
    check(site.bucket, "vanished/ws", found, seen)
    assert 0 < seen.repeats <= lost
    assert site.api.unfinished() == []


def _declared_dead(site: Site, run: str) -> bool:
    return any(message.startswith(NO_HEARTBEAT) for _, message in site.api.history(run))
