"""What a test patches is put back after it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from docket import Worker
from prefect import flow_engine
from prefect.serializers import JSONSerializer, PickleSerializer
from prefect.workers.base import BaseWorker

PATCHED = [
    (flow_engine, "maintain_concurrency_lease"),
    (flow_engine, "amaintain_concurrency_lease"),
    (JSONSerializer, "loads"),
    (PickleSerializer, "loads"),
    (BaseWorker, "_submit_scheduled_flow_runs"),
    (BaseWorker, "start"),
    (Worker, "__init__"),
]


@pytest.fixture(autouse=True)
def _put_back() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for owner, name in PATCHED:
            patch.setattr(owner, name, getattr(owner, name))
        yield
