"""From an inbox in a bucket to a dataset in a bucket: server, workers, deployments and store are real."""

from __future__ import annotations

import json
import re
import sys
from typing import Any

import pytest

from tests.integration.dataset import Dataset, check, images
from tests.integration.papers import Paper, paper, papers
from tests.integration.site import Site

NIGHT_SECONDS = 240


def test_two_nights_on_both_kinds_of_server(healthy: Site) -> None:
    site = healthy
    found = papers(50, 2)
    site.fill("inbox", found)
    dataset = a_night(site, found)
    assert site.witness.look().repeats == 0
    told = report(site, dataset)
    assert (told["pages"]["total"], told["pages"]["model"], told["pages"]["from_cache"]) == (100, 100, 0)

    changed, new = [paper(index, 2, edition=2) for index in (3, 14, 25)], [paper(index, 2) for index in (50, 51)]
    site.fill("inbox", changed + new)
    site.bucket.delete("inbox", found[40])
    first = site.witness.look()
    # What is gone from the inbox is noted in the ledger and stays in the dataset.
    now = [one for one in found if one.name not in {other.name for other in changed}] + changed + new
    dataset = a_night(site, now)
    touched = site.witness.look().pages - first.pages
    drawn = {digest for one in changed + new for digest in images(site.bucket, "ws", one.doc_id)}
    assert (touched, len(touched)) == (drawn, 10)
    assert site.witness.look().repeats == 0
    assert report(site, dataset)["pages"]["total"] == 10


def a_night(site: Site, expected: list[Paper]) -> Dataset:
    """Run the night as an operator does; its dataset when it has been held against what it should be."""
    said = site.crew.run([sys.executable, "-m", "prefect", "deployment", "run", "nightly-ingestion/nightly"])
    night = re.search(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", said)
    assert night, said
    assert site.api.ended(night[0], NIGHT_SECONDS)["state_type"] == "COMPLETED", site.api.logs(night[0])
    assert {shard["work_pool_name"] for shard in site.api.shards(night[0])} == {"cpu", "gpu"}
    dataset = check(site.bucket, "ws", expected, site.witness.look())
    counts = dataset.manifest["counts"]
    assert counts == {**dict.fromkeys(counts, 0), "documents": len(expected), "kept": len(expected)}
    return dataset


def report(site: Site, dataset: Dataset) -> dict[str, Any]:
    """What the night that made a dataset reports."""
    told: dict[str, Any] = json.loads(site.bucket.read(f"ws/reports/{dataset.manifest['run']}/report.json"))
    return told


@pytest.mark.parametrize("site", ["sqlite"], indirect=True)
def test_a_night_with_a_model_server_that_misbehaves(healthy: Site) -> None:
    site = healthy
    site.restart_model("--faults", 0.2)
    found = papers(8, 5)
    site.fill("faults/in", found)
    night = site.start_night("faults")
    assert site.api.ended(night, NIGHT_SECONDS)["state_type"] == "COMPLETED", site.api.logs(night)
    # A page that the model called turned was read from another image than the one that is stored.
    check(site.bucket, "faults/ws", found, site.witness.look(), turned=True)
