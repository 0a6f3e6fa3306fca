"""kill -9 in the middle of work: what was accepted ends, no finished page is read again, nothing half stays behind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from olmocr_core.storage.files import is_temporary
from tests.service.documents import PATH, SAMPLES
from tests.service.serving import serving

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("service")]
DOCUMENTS = sorted(path for path in SAMPLES.iterdir() if path.suffix in (".pdf", ".tif"))


def send_all(url: str) -> list[dict[str, Any]]:
    return [
        httpx.post(f"{url}{PATH}", files={"file": (path.name, path.read_bytes())}, timeout=60).json()
        for path in DOCUMENTS
    ]


def results(url: str, jobs: list[dict[str, Any]]) -> dict[str, str]:
    """The result of each document, by its name; every job has ended well."""
    found = {}
    for job in jobs:
        ended = httpx.get(f"{url}{PATH}/{job['id']}", params={"wait": 280}, timeout=300).json()
        assert (ended["state"], ended["reasons"] and ended["document_status"]) in (("done", []), ("done", "blank"))
        found[job["filename"]] = httpx.get(f"{url}{job['links']['result']}", params={"format": "dolma"}).text
    return found


def page_records(data: Path) -> dict[Path, int]:
    """The finished pages, and when each was written."""
    found = (data / "workspace" / "pages").glob("*/*/*/0*.json")
    return {path: path.stat().st_mtime_ns for path in found}


def without_dates(texts: dict[str, str]) -> dict[str, list[str]]:
    return {
        name: [part for part in text.split(", ") if '"added"' not in part and '"created"' not in part]
        for name, text in texts.items()
    }


def test_what_was_accepted_ends_after_a_kill_as_if_nothing_had_been(tmp_path: Path) -> None:
    with serving(tmp_path / "undisturbed") as running:
        expected = results(running.url, send_all(running.url))
    with serving(tmp_path / "killed") as running:
        jobs = send_all(running.url)
        # Some pages are finished, and others are not.
        with httpx.stream("GET", f"{running.url}{jobs[0]['links']['events']}", timeout=120) as events:
            next(line for line in events.iter_lines() if line.startswith("event: "))
        running.kill()
    data = tmp_path / "killed" / "data"
    before = page_records(data)
    assert before
    with serving(tmp_path / "killed") as running:
        assert without_dates(results(running.url, jobs)) == without_dates(expected)
    after = page_records(data)
    assert len(after) > len(before)
    # A page that is read again is written again.
    assert {path: after[path] for path in before} == before
    assert [path for path in data.rglob("*") if is_temporary(path)] == []
    assert list((data / "incoming").iterdir()) == []
