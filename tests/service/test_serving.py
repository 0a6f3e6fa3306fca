"""The service as people start it: a process of its own, on a socket."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from service.api_keys import make_api_key
from tests.service.serving import Serving, serving

pytestmark = pytest.mark.xdist_group("service")
TEXT, KEY = make_api_key("tests")


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    with serving(tmp_path_factory.mktemp("guarded"), OLMOCR_SERVE_API_KEYS=str(KEY)) as running:
        yield running


def test_it_answers_and_guards(guarded: Serving) -> None:
    assert httpx.get(f"{guarded.url}/health").json() == {"status": "ok"}
    refused = httpx.get(f"{guarded.url}/openapi.json")
    assert refused.status_code == 401
    assert "server" not in refused.headers
    assert httpx.get(f"{guarded.url}/openapi.json", headers={"X-Api-Key": TEXT}).status_code == 200


def test_it_ends_when_it_is_told_to(tmp_path: Path) -> None:
    with serving(tmp_path) as running:
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(timeout=20) == -signal.SIGTERM or running.process.returncode == 0
