"""``kill -9`` in turn: inference server, Prefect server or each of its parts, a shard, the gpu machine, the night, workers."""

from __future__ import annotations

import psutil
import pytest

from tests.integration.dataset import check
from tests.integration.papers import Paper, papers
from tests.integration.processes import command, wait_for
from tests.integration.site import HEARTBEAT_SECONDS, Site

pytestmark = pytest.mark.chaos
SLOTS = 4
NOTICED_SECONDS = HEARTBEAT_SECONDS + 60


def reading(site: Site, pages: int) -> str:
    """The shard that is being read, when the model has been asked for so many pages in all."""
    wait_for(f"{pages} pages", lambda: len(site.witness.look().pages) >= pages, 240)
    return wait_for("a shard that is read", lambda: site.api.running_on("gpu"), 120)


def in_flight(site: Site) -> int:
    """Requests that the dead model server had not answered."""
    seen = site.witness.look()
    return (seen.asked - seen.done).total()


def kill_process_of(site: Site, run: str) -> None:
    """End the process of a flow run; its worker sees it die, and says so at once."""
    process = site.crew.flow_process(run)
    assert process, site.api.flow_run(run)
    process.kill()


def lose_model(site: Site, lost: dict[str, int], *options: object) -> None:
    """End the model server; another one with these options takes its place."""
    site.crew.kill("model")
    lost["inference server"] = in_flight(site)
    site.start_model(*options)


def lose_shard(site: Site, name: str, lost: dict[str, int], shard: str) -> None:
    """End the process of a shard."""
    kill_process_of(site, shard)
    lost["shard"] = site.lost(name)
    assert site.api.ended(shard, 60)["state_type"] == "CRASHED"


def lose_gpu_machine(site: Site, name: str, lost: dict[str, int], shard: str) -> None:
    """End the gpu worker with all that it runs; another machine is there at once."""
    site.crew.kill("gpu", with_children=True)
    lost["gpu machine"] = site.lost(name)
    site.start_worker("gpu")
    assert site.api.ended(shard, NOTICED_SECONDS)["state_type"] == "CRASHED"


def lose_night(site: Site, night: str) -> None:
    """End the process of the night."""
    kill_process_of(site, night)
    assert site.api.ended(night, 60)["state_type"] == "CRASHED"


def hold_against(site: Site, name: str, found: list[Paper], lost: dict[str, int]) -> None:
    """The dataset is whole, and only what was in flight was asked for twice."""
    seen = site.witness.look()
    check(site.bucket, f"{name}/ws", found, seen)
    print(f"\nin flight when something died: {lost}; pages asked for again: {seen.repeats}")  # noqa: T201
    assert 0 < seen.repeats <= sum(lost.values()), lost
    # What is in flight is bounded: a process holds no more pages than it may, the server no more than its slots and queue.
    assert all(count <= 70 for count in lost.values()), lost


def begin(
    site: Site, name: str, documents: int, seconds_per_page: float
) -> tuple[list[Paper], tuple[object, ...], str]:
    """A night over documents of six pages, in shards of sixty: the documents, the model's options, the night."""
    found = papers(documents, 6)
    site.fill(f"{name}/in", found)
    site.deploy("automations", heartbeat_seconds=HEARTBEAT_SECONDS)
    model = ("--slots", SLOTS, "--seconds-per-page", seconds_per_page)
    site.restart_model(*model)
    return found, model, site.start_night(name, pages_per_shard=60)


def kill_part(site: Site, word: str) -> None:
    """End a part of the team's server; it is there again when this comes back."""

    def part() -> psutil.Process | None:
        children = psutil.Process(site.crew.members["server"].pid).children()
        return next((child for child in children if word in command(child)), None)

    process = part()
    assert process, word
    process.kill()
    wait_for(f"another {word}", lambda: (found := part()) and found.pid != process.pid, 60)
    wait_for("the Prefect server", site.api.healthy, 120)


@pytest.mark.long
@pytest.mark.parametrize("site", ["sqlite"], indirect=True)
def test_everything_that_a_night_stands_on_is_killed(healthy: Site) -> None:
    site, lost = healthy, dict[str, int]()
    found, model, night = begin(site, "chaos", 30, 0.6)
    reading(site, 10)
    lose_model(site, lost, *model)
    reading(site, 25)
    site.crew.kill("server")
    site.start_server()
    lose_shard(site, "chaos", lost, reading(site, 45))
    lose_gpu_machine(site, "chaos", lost, reading(site, 80))
    reading(site, 100)
    assert site.api.state(night) == "RUNNING", site.api.logs(night)
    lose_night(site, night)

    # Shards of the dead night go on, and the next night takes them over.
    again = site.start_night("chaos", pages_per_shard=60)
    wait_for("the next night", lambda: site.api.state(again) == "RUNNING", 120)
    # What runs under a worker outlives it: neither this night nor a shard has to be begun anew.
    for pool in ("cpu", "gpu"):
        site.crew.kill(pool)
        site.start_worker(pool)
    assert site.api.ended(again, 300)["state_type"] == "COMPLETED", site.api.logs(again)
    hold_against(site, "chaos", found, lost)


@pytest.mark.long
@pytest.mark.parametrize("site", ["team"], indirect=True)
def test_a_teams_server_is_killed_in_parts_and_as_a_whole(healthy: Site) -> None:
    site, lost = healthy, dict[str, int]()
    found, model, night = begin(site, "parts", 20, 1.0)
    reading(site, 8)
    kill_part(site, "redis-server")
    reading(site, 16)
    lose_model(site, lost, *model)
    reading(site, 24)
    kill_part(site, "server start")
    kill_part(site, "services start")
    lose_shard(site, "parts", lost, reading(site, 40))
    reading(site, 56)
    site.crew.kill("server")
    site.start_server()
    lose_gpu_machine(site, "parts", lost, reading(site, 68))
    reading(site, 80)
    lose_night(site, night)
    again = site.start_night("parts", pages_per_shard=60)
    site.api.comes_to(again, "COMPLETED", 300)
    hold_against(site, "parts", found, lost)
    wait_for("an end of all flow runs", lambda: not site.api.unfinished(), 60)
