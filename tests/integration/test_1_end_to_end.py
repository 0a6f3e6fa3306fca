"""From an inbox in a bucket to a dataset in a bucket: server, workers, deployments and store are real."""

from __future__ import annotations

import json
import re
import sys

from tests.integration.dataset import check
from tests.integration.papers import papers
from tests.integration.site import Site

NIGHT_SECONDS = 240


def test_a_night_on_both_kinds_of_server(healthy: Site) -> None:
    site = healthy
    found = papers(12, 5)
    site.fill("inbox", found)
    said = site.crew.run([sys.executable, "-m", "prefect", "deployment", "run", "nightly-ingestion/nightly"])
    night = re.search(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", said)
    assert night, said
    run = site.api.ended(night[0], NIGHT_SECONDS)
    assert run["state_type"] == "COMPLETED", site.api.logs(night[0])

    dataset = check(site.bucket, "ws", found, site.witness.look())
    assert dataset.manifest["counts"] == {**dict.fromkeys(dataset.manifest["counts"], 0), "documents": 12, "kept": 12}
    assert site.witness.look().repeats == 0
    told = json.loads(site.bucket.read(f"ws/reports/{dataset.manifest['run']}/report.json"))
    assert (told["pages"]["total"], told["pages"]["model"], told["pages"]["from_cache"]) == (60, 60, 0)
    pools = {shard["work_pool_name"] for shard in site.api.shards(night[0])}
    assert pools == {"cpu", "gpu"}


def test_a_night_with_a_model_server_that_misbehaves(healthy: Site) -> None:
    site = healthy
    site.restart_model("--faults", 0.2)
    found = papers(8, 5)
    site.fill("faults/in", found)
    night = site.start_night("faults")
    assert site.api.ended(night, NIGHT_SECONDS)["state_type"] == "COMPLETED", site.api.logs(night)
    # A page that the model called turned was read from another image than the one that is stored.
    check(site.bucket, "faults/ws", found, site.witness.look(), turned=True)
