"""The service as people start it: a process of its own, on a socket, with the cpu engine."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from olmocr_core import process_pdf_file
from service.api_keys import make_api_key
from tests.service.documents import PAPER, PATH, SAMPLES
from tests.service.serving import Serving, serving

pytestmark = pytest.mark.xdist_group("service")
TEXT, KEY = make_api_key("tests")


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    with serving(tmp_path_factory.mktemp("guarded"), OLMOCR_SERVE_API_KEYS=str(KEY)) as running:
        yield running


@pytest.fixture
def client(guarded: Serving) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=guarded.url, headers={"X-Api-Key": TEXT}, timeout=120) as client:
        yield client


def test_it_answers_and_guards(guarded: Serving) -> None:
    assert httpx.get(f"{guarded.url}/health").json() == {"status": "ok"}
    refused = httpx.post(f"{guarded.url}{PATH}", content=PAPER)
    assert refused.status_code == 401
    assert "server" not in refused.headers


def test_the_text_over_http_is_that_of_a_call(client: httpx.Client) -> None:
    job = client.post(PATH, files={"file": ("paper.pdf", PAPER)}, params={"wait": 100}).json()
    assert (job["state"], job["document_status"]) == ("done", "kept")
    record = process_pdf_file(SAMPLES / "code_and_formula.pdf")
    assert client.get(job["links"]["result"]).text == record.text
    seeds = client.post("/process-pdf", files={"file": ("paper.pdf", PAPER)}).json()
    assert seeds == {"status": "success", "filename": "paper.pdf", "result": record.text}


def test_events_come_over_the_socket(client: httpx.Client) -> None:
    job = client.post(PATH, content=(SAMPLES / "blank.pdf").read_bytes()).json()
    with client.stream("GET", job["links"]["events"]) as answer:
        events = [line for line in answer.iter_lines() if line.startswith("event: ")]
    assert events == ["event: page", "event: end"]


def test_the_description_of_the_api_names_its_paths(client: httpx.Client) -> None:
    paths = set(client.get("/openapi.json").json()["paths"])
    assert {PATH, f"{PATH}/{{job_id}}/result", "/process-pdf", "/health", "/ready"} <= paths


def test_a_second_service_on_the_same_data_refuses_to_start(guarded: Serving) -> None:
    with pytest.raises(AssertionError, match="another olmocr-serve uses"), serving(guarded.log.parent):
        pass


def test_it_ends_when_it_is_told_to(tmp_path: Path) -> None:
    with serving(tmp_path) as running:
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(timeout=20) in (0, -signal.SIGTERM)
    assert (tmp_path / "data" / "lock").read_bytes() == b""
