"""One line of JSON a request: who asked for what, what was answered, how long it took. Never a query, a name or a text."""

from __future__ import annotations

import json
import logging
import sys
import time

from starlette.types import Scope

NAME = "olmocr.access"
_LONGEST_PATH = 300
_log = logging.getLogger(NAME)


def write_access(scope: Scope, status: int, seconds: float, size: int, key: str) -> None:
    """Log a request that was answered with ``status`` and ``size`` bytes after ``seconds``; ``key``: the name of its key."""
    if not _log.isEnabledFor(logging.INFO):
        return
    client = scope.get("client") or ("",)
    line = {
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "client": client[0],
        "key": key or None,
        "method": scope["method"][:20],
        "path": scope["path"][:_LONGEST_PATH],
        "status": status,
        "seconds": round(seconds, 4),
        "bytes": size,
    }
    _log.info(json.dumps(line, ensure_ascii=True))


def switch_on() -> None:
    """Write the lines to standard output, as they are."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(logging.Formatter("%(message)s"))
    _log.handlers = [handler]
    _log.propagate = False
    _log.setLevel(logging.INFO)


def switch_off() -> None:
    """Write nothing."""
    _log.setLevel(logging.CRITICAL)
