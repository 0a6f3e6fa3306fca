"""Documents that the HTTP service lets a real flow run read: the same answer as alone, also after ``kill -9`` in between."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.integration.papers import papers
from tests.integration.processes import wait_for
from tests.integration.site import AUTH, Site
from tests.service.documents import PATH
from tests.service.serving import serving

pytestmark = pytest.mark.parametrize("site", ["sqlite"], indirect=True)


def ended(url: str, job: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(f"{url}{PATH}/{job['id']}", params={"wait": 280}, timeout=300).json()
    return found


def test_a_large_document_is_read_by_a_flow_run(healthy: Site, tmp_path: Path) -> None:
    document = papers(1, 6)[0].data
    with serving(tmp_path / "alone") as alone:
        job = httpx.post(f"{alone.url}{PATH}", content=document, params={"wait": 200}, timeout=300).json()
        expected = httpx.get(f"{alone.url}{PATH}/{job['id']}/result").text
    variables = {
        "OLMOCR_SERVE_PREFECT_API_URL": healthy.api.url,
        "OLMOCR_SERVE_PREFECT_AUTH": AUTH,
        "OLMOCR_SERVE_FLOW_PAGES": "3",
    }
    place = tmp_path / "large"
    with serving(place, **variables) as first:
        job = httpx.post(f"{first.url}{PATH}", content=document, timeout=60).json()
        # The page of the flow run is known as soon as Prefect has accepted it.
        shown = wait_for("the flow run", lambda: httpx.get(f"{first.url}{PATH}/{job['id']}").json()["flow_run"], 60)
        first.kill()
    with serving(place, **variables) as second:
        assert ended(second.url, job)["state"] == "done"
        assert httpx.get(f"{second.url}{PATH}/{job['id']}/result").text == expected
        assert httpx.get(f"{second.url}{PATH}/{job['id']}").json()["flow_run"] == shown
    run = healthy.api.flow_run(shown.rsplit("/", 1)[-1])
    assert (run["state_type"], run["parameters"]["engine"]) == ("COMPLETED", "cpu")
    report = json.loads((place / "data" / "runs" / job["id"] / "reports" / "latest" / "report.json").read_text())
    # None of them had been read by the service.
    assert (report["pages"]["total"], report["pages"]["from_cache"]) == (6, 0)
