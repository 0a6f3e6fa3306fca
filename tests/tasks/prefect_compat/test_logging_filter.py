"""Contract: what Prefect logs of errors. The terminal shows the project's in one line, all others whole."""

from __future__ import annotations

import inspect
import io
import logging
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
from prefect._internal.concurrency import services

from olmocr_core.domain.errors import EngineUnavailable, OlmocrError, UsageError
from tasks.prefect_compat.logging_filter import ProjectErrorFilter

Log = Callable[..., str]
FAILING = """
import asyncio, sys
from prefect import flow, task
from olmocr_core.domain.errors import EngineUnavailable
from tasks.prefect_compat.logging_filter import hide_project_tracebacks

@task
async def read(): raise EngineUnavailable("connection refused")

@flow
async def fails(): await read()

if "hide" in sys.argv:
    hide_project_tracebacks()
try:
    asyncio.run(fails())
except EngineUnavailable:
    print("raised")
"""


@pytest.fixture
def log() -> Iterator[Log]:
    """Log an error as Prefect does; what the terminal shows comes back."""
    shown = io.StringIO()
    handler = logging.StreamHandler(shown)
    handler.addFilter(ProjectErrorFilter())

    def write(name: str, *words: str, error: Exception | None = None, run: str = "r") -> str:
        for message in words:
            logger = logging.Logger(name)
            logger.addHandler(handler)
            found = (type(error), error, error.__traceback__) if error else None
            logger.error(message, exc_info=found, extra={"flow_run_id": run})
            error = None
        text = shown.getvalue()
        shown.seek(0)
        shown.truncate()
        return text

    yield write
    handler.close()


def raised(error: Exception) -> Exception:
    try:
        raise error
    except type(error) as caught:
        return caught


@pytest.mark.parametrize("error", [UsageError("no such prompt"), EngineUnavailable("refused")])
def test_a_flow_run_that_ends_by_an_error_of_ours_leaves_it_to_the_command_line(log: Log, error: OlmocrError) -> None:
    assert log("prefect.flow_runs", "Encountered exception", "Finished in state Failed", error=raised(error)) == ""


def test_a_flow_run_that_ends_by_anything_else_is_shown_whole(log: Log) -> None:
    shown = log("prefect.flow_runs", "Encountered exception", "Finished in state Failed", error=raised(KeyError("x")))
    assert "Traceback" in shown
    assert "Finished in state Failed" in shown


def test_what_is_left_to_send_is_not_counted_aloud(log: Log) -> None:
    assert log("EventsWorker", "Still processing items: 1 items remaining...") == ""
    assert "refused" in log("EventsWorker", "Service 'EventsWorker' failed: refused")


def test_only_the_run_that_ended_so_is_silent(log: Log) -> None:
    log("prefect.flow_runs", "Encountered exception", error=raised(UsageError("x")), run="one")
    assert "Finished" in log("prefect.flow_runs", "Finished in state Failed", run="two")


def test_a_task_that_will_be_tried_again_says_so_in_one_line(log: Log) -> None:
    shown = log("prefect.task_runs", "Task run failed: refused - Retry 1/3", error=raised(EngineUnavailable("refused")))
    assert shown == "Task run failed: refused - Retry 1/3\n"


@pytest.mark.prefect
@pytest.mark.xdist_group("prefect")
def test_a_real_flow_that_fails_by_an_error_of_the_project(environment: dict[str, str]) -> None:
    def shown(*arguments: str) -> str:
        command = [sys.executable, "-c", FAILING, *arguments]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        assert done.stdout == "raised\n"
        return done.stderr

    # When the second of these fails, Prefect says less by itself: is tasks/prefect_compat/logging_filter.py still needed?
    assert "Traceback" not in shown("hide")
    assert shown().count("Traceback") >= 2


def test_prefects_senders_still_say_what_is_left() -> None:
    assert "Still processing items" in inspect.getsource(services)
