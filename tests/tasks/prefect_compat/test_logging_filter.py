"""What the terminal shows of errors: ours in one line, anybody else's whole."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterator

import pytest

from olmocr_core.domain.errors import EngineUnavailable, OlmocrError, UsageError
from tasks.prefect_compat.logging_filter import OursInShort

Log = Callable[..., str]


@pytest.fixture
def log() -> Iterator[Log]:
    """Log an error as Prefect does; what the terminal shows comes back."""
    shown = io.StringIO()
    handler = logging.StreamHandler(shown)
    handler.addFilter(OursInShort())

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
