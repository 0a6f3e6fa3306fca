"""Errors of ours are told once, by the command line at its end: in the terminal Prefect's tracebacks of them are left out.

Prefect's own records of the run keep everything: only handlers that write to a terminal are touched.
"""

from __future__ import annotations

import logging

from olmocr_core.domain.errors import OlmocrError

_FLOW_RUNS = "prefect.flow_runs"
# Prefect's senders, which count aloud what is left to send when the process ends.
_SENDERS = ("EventsWorker", "APILogWorker")


class OursInShort(logging.Filter):
    """Drops what a flow run says about its own end by an OlmocrError, and takes the traceback from what tasks say."""

    def __init__(self) -> None:
        super().__init__()
        self._ended: set[object] = set()

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is shown."""
        error = record.exc_info[1] if record.exc_info else None
        run = getattr(record, "flow_run_id", None)
        if isinstance(error, OlmocrError):
            if record.name == _FLOW_RUNS:
                self._ended.add(run)
                return False
            # Handlers of children, which keep the whole, come before those that write to the terminal.
            record.exc_info = record.exc_text = None
        if record.name in _SENDERS and str(record.msg).startswith("Still processing items"):
            return False
        return record.name != _FLOW_RUNS or record.levelno < logging.ERROR or run not in self._ended


def keep_tracebacks_of_ours_out() -> None:
    """Do so from now on; to be called once Prefect is imported, which sets its logging up."""
    ours = OursInShort()
    for name in ("", "prefect"):
        for handler in logging.getLogger(name).handlers:
            if isinstance(handler, logging.StreamHandler):
                handler.addFilter(ours)
