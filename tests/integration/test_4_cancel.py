"""A night that is cancelled leaves nothing behind, and goes on where it stood when it is started again."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.integration.dataset import check
from tests.integration.papers import Paper, papers
from tests.integration.processes import wait_for
from tests.integration.site import Site

pytestmark = pytest.mark.parametrize("site", ["sqlite"], indirect=True)


def stats(site: Site) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(f"{site.model_url}/_stats", trust_env=False).json()
    return found


def a_night_that_reads(site: Site, name: str) -> tuple[str, list[Paper]]:
    """A night over sixty pages, some of which are read, and its documents."""
    found = papers(10, 6)
    site.fill(f"{name}/in", found)
    site.restart_model("--slots", 2, "--seconds-per-page", 2.0)
    night = site.start_night(name)
    wait_for("pages that are read", lambda: len(site.witness.look().done) >= 4, 180)
    return night, found


def test_a_cancelled_night(healthy: Site) -> None:
    site = healthy
    night, found = a_night_that_reads(site, "cancel")
    site.api.cancel(night)
    assert site.api.ended(night, 120)["state_type"] == "CANCELLED"
    shards = [shard["id"] for shard in site.api.shards(night)]
    assert {site.api.ended(shard, 90)["state_type"] for shard in shards} <= {"CANCELLED", "COMPLETED"}
    wait_for("an end of all flow processes", lambda: not site.crew.marked("prefect.engine", "olmocr_core.sandbox"), 60)
    assert stats(site)["in_flight"] == 0
    lost = site.lost("cancel")
    assert len(site.witness.look().pages) < 60

    site.restart_model()
    again = site.start_night("cancel")
    assert site.api.ended(again, 240)["state_type"] == "COMPLETED", site.api.logs(again)
    seen = site.witness.look()
    check(site.bucket, "cancel/ws", found, seen)
    assert seen.repeats <= lost


def test_a_night_that_is_cancelled_while_nobody_minds_it(healthy: Site) -> None:
    site = healthy
    night, _ = a_night_that_reads(site, "orphan")
    for pool in ("cpu", "gpu"):
        site.crew.kill(pool)
    wait_for("two flow processes alone", lambda: len(site.crew.marked("prefect.engine")) >= 2, 10)
    site.api.cancel(night)
    assert site.api.ended(night, 90)["state_type"] == "CANCELLED"
    shards = [shard["id"] for shard in site.api.shards(night)]
    assert {site.api.ended(shard, 90)["state_type"] for shard in shards} == {"CANCELLED", "COMPLETED"}
    wait_for("an end of all flow processes", lambda: not site.crew.marked("prefect.engine", "olmocr_core.sandbox"), 60)
    assert stats(site)["in_flight"] == 0
    assert len(site.witness.look().pages) < 60
