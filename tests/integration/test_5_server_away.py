"""The Prefect server is away for a minute in the middle of a night."""

from __future__ import annotations

import signal
import time

import pytest

from tests.integration.dataset import check
from tests.integration.papers import papers
from tests.integration.processes import wait_for
from tests.integration.site import Site

pytestmark = pytest.mark.parametrize("site", ["sqlite"], indirect=True)
AWAY_SECONDS = 60


def test_a_minute_without_the_server(healthy: Site) -> None:
    site = healthy
    found = papers(12, 6)
    site.fill("away/in", found)
    # A server hears no hearts while it is away, so the automation has to wait for longer than that: 300 s by default.
    site.deploy("automations", heartbeat_seconds=300)
    site.restart_model("--slots", 4, "--seconds-per-page", 2.0)
    night = site.start_night("away", pages_per_shard=36)
    wait_for("pages that are read", lambda: len(site.witness.look().done) >= 4, 180)
    server = site.crew.members["server"]
    server.send_signal(signal.SIGTERM)
    server.wait(60)
    left = time.monotonic()
    wait_for("the minute's end", lambda: time.monotonic() - left > AWAY_SECONDS, AWAY_SECONDS + 10)
    site.start_server()
    assert site.api.ended(night, 300)["state_type"] == "COMPLETED", site.api.logs(night)
    seen = site.witness.look()
    check(site.bucket, "away/ws", found, seen)
    assert seen.repeats == 0
