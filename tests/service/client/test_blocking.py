from __future__ import annotations

import threading
from pathlib import Path

import pytest

from service.client import Client, ServiceError
from tests.service.client.conftest import TEXT
from tests.service.documents import PHOTO


async def test_it_works_beside_an_event_loop_and_starts_no_thread(
    url: str, paper: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, started, start = threading.get_ident(), [], threading.Thread.start

    def noted(thread: threading.Thread) -> None:
        # The service of this test starts threads of its own, from another one.
        if threading.get_ident() == here:
            started.append(thread.name)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", noted)
    # As in a notebook.
    with Client(url, TEXT) as client:
        assert client.convert(paper).job.state == "done"
    assert started == []


def test_a_wrong_key_is_no_reason_to_ask_again(url: str) -> None:
    with Client(url, "wrong") as client, pytest.raises(ServiceError, match="needs an API key"):
        client.convert(PHOTO)


def test_pages_may_be_left_before_the_last(url: str, paper: Path) -> None:
    with Client(url, TEXT) as client:
        job = client.submit(paper)
        assert next(client.pages(job.id)).number in (1, 2)
        assert client.get(job.id, wait=20).state == "done"
