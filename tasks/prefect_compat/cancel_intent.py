"""Tells Prefect's engine in this process that the next SIGTERM is a cancellation, not a crash.

Relies on: ``prefect._internal.control_listener`` (``get_intent`` and ``_set_intent``) and the environment variable
``PREFECT__ENABLE_CANCELLATION_AND_CRASHED_HOOKS``, which says whether the engine or its worker reports the cancelled state.
Why: Prefect's engine takes a SIGTERM for a crash unless its worker announced a cancellation over a private socket. A flow
run that has outlived its worker ends itself (tasks/run_watchdog.py) and has to announce it by itself. There is no public
way: a cancelled run without a worker stays Running or turns Crashed (PrefectHQ/prefect #16746).
Contract: tests/tasks/prefect_compat/test_cancel_intent.py.
Goes when: the engine itself hears of a cancellation from the server.
"""

from __future__ import annotations

import os

from prefect._internal import control_listener

_ENGINE_REPORTS = "PREFECT__ENABLE_CANCELLATION_AND_CRASHED_HOOKS"


def intent_is_set() -> bool:
    """Whether somebody, usually the worker, has announced how this flow run ends."""
    return control_listener.get_intent() is not None


def announce_cancellation(*, engine_reports: bool) -> None:
    """Have the engine take the next SIGTERM for a cancellation; ``engine_reports`` has it set the state Cancelled, too."""
    os.environ[_ENGINE_REPORTS] = str(engine_reports).lower()
    control_listener._set_intent("cancel")
