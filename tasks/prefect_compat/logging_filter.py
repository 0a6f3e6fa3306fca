"""Keeps Prefect's tracebacks of the project's own errors out of the terminal: the command line prints each error once.

Relies on: the logger names ``prefect.flow_runs``, ``EventsWorker`` and ``APILogWorker``, the attribute ``flow_run_id`` of
their records, the words ``Still processing items``, and handlers of child loggers running before those of the terminal.
Why: Prefect logs each error with its traceback at every level, twice for a flow run. Only handlers that write to a terminal
are filtered; the logs on the server stay complete. Prefect's logging settings choose levels, not errors.
Contract: tests/tasks/prefect_compat/test_logging_filter.py runs a failing flow.
Goes when: Prefect can leave tracebacks of chosen exceptions out of its console handler.
"""

from __future__ import annotations

import logging

from olmocr_core.domain.errors import OlmocrError

_FLOW_RUNS = "prefect.flow_runs"
# Prefect's senders, which count aloud what is left to send when the process ends.
_SENDERS = ("EventsWorker", "APILogWorker")
_LEFT_TO_SEND = "Still processing items"


class ProjectErrorFilter(logging.Filter):
    """Drops what a flow run logs about its own end by an OlmocrError, and the traceback from what tasks log about one."""

    def __init__(self) -> None:
        super().__init__()
        self._ended_runs: set[object] = set()

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is shown."""
        error = record.exc_info[1] if record.exc_info else None
        run = getattr(record, "flow_run_id", None)
        if isinstance(error, OlmocrError):
            if record.name == _FLOW_RUNS:
                self._ended_runs.add(run)
                return False
            # The handlers that send whole records to the server have run already.
            record.exc_info = record.exc_text = None
        if record.name in _SENDERS and str(record.msg).startswith(_LEFT_TO_SEND):
            return False
        return record.name != _FLOW_RUNS or record.levelno < logging.ERROR or run not in self._ended_runs


def hide_project_tracebacks() -> None:
    """Filter the terminal's handlers from now on. Call it once Prefect is imported, because the import sets them up."""
    project_errors = ProjectErrorFilter()
    for name in ("", "prefect"):
        for handler in logging.getLogger(name).handlers:
            if isinstance(handler, logging.StreamHandler):
                handler.addFilter(project_errors)
