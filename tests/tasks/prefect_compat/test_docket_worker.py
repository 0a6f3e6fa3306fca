"""Contract: docket's worker takes a redelivery timeout, five minutes by default, and Prefect's server gives it none."""

from __future__ import annotations

from datetime import timedelta

from docket import Docket, Worker
from prefect.server.api import background_workers

from tasks.prefect_compat import apply_to_services
from tasks.prefect_compat.docket_worker import REDELIVERY_TIMEOUT


def redelivery_timeout() -> timedelta:
    return Worker(Docket("tests", url="memory://")).redelivery_timeout


def test_work_of_dead_processes_is_redelivered_soon() -> None:
    # When this fails, docket redelivers soon by itself: is tasks/prefect_compat/docket_worker.py still needed?
    assert redelivery_timeout() > 2 * REDELIVERY_TIMEOUT
    apply_to_services()
    assert redelivery_timeout() == REDELIVERY_TIMEOUT
    apply_to_services()
    assert redelivery_timeout() == REDELIVERY_TIMEOUT


def test_prefects_server_constructs_the_worker_that_is_patched() -> None:
    assert background_workers.Worker is Worker
