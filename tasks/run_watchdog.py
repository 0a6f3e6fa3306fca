"""A flow run's watchdog: it asks the Prefect server for the run's own state and acts on it, whoever else has died.

Prefect leaves that to the worker. A flow run that outlives its worker, or an outage of the server, hears neither that it
was cancelled nor that it counts as dead. So each flow run checks its own state now and then, and

- ends and reports it, when it or its parent was cancelled and nobody else has ended it;
- reports that it is alive, when it was declared dead only because heartbeats did not reach the server;
- ends and reports nothing, when it has ended on the server or another process does its work.
"""

from __future__ import annotations

import contextvars
import logging
import os
import signal
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any
from uuid import UUID

import httpx
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterIdempotencyKey,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import TERMINAL_STATES, FlowRun, State, StateType
from prefect.exceptions import PrefectException
from prefect.logging.loggers import flow_run_logger
from prefect.settings import PREFECT_CLIENT_MAX_RETRIES, temporary_settings
from prefect.states import Cancelled, Running

from tasks.prefect_compat.cancel_intent import announce_cancellation, intent_is_set
from tasks.prefect_compat.idempotency import is_unheard, next_shard_key

_log = logging.getLogger(__name__)
CHECK_VARIABLE = "SITE_CHECK_SECONDS"
CHECK_SECONDS = 20.0
# A worker gives a flow run the same time to clean up before it kills it.
STOP_SECONDS = 30.0
ALIVE = "Alive: heartbeats did not reach the server."
_UNREACHABLE = (httpx.HTTPError, PrefectException, ValueError)
_WAITING = (StateType.SCHEDULED, StateType.PENDING)
_ACTIVE = (StateType.PENDING, StateType.RUNNING)


def check_seconds() -> float:
    """Seconds between two checks of a flow run's own state."""
    return float(os.environ.get(CHECK_VARIABLE) or CHECK_SECONDS)


def revival_seconds() -> float:
    """How long to wait for a flow run that was declared dead unheard to report that it is alive."""
    return 2 * check_seconds() + 10


class Action(Enum):
    """What a flow run does after a check."""

    CONTINUE = auto()
    REVIVE = auto()
    CANCEL = auto()
    EXIT_ENDED = auto()
    EXIT_REPLACED = auto()


# The engine or the worker may be ending the run already: these are taken at the second check that asks for them.
_NEED_SECOND_CHECK = (Action.CANCEL, Action.EXIT_ENDED)


@dataclass(frozen=True, slots=True)
class ServerView:
    """What the server says of the flow run; ``starts`` counts how often it was started."""

    state: StateType
    starts: int = 0
    unheard: bool = False
    parent_cancelled: bool = False
    replaced: bool = False


def decide(view: ServerView, own_start: int) -> Action:
    """The action that follows; ``own_start`` is the number of the start that made this process, 0 before it began."""
    ended = view.state in TERMINAL_STATES
    if view.state is StateType.CANCELLING or (view.parent_cancelled and not ended):
        return Action.CANCEL
    if view.replaced or (own_start and (view.state in _WAITING or view.starts > own_start)):
        return Action.EXIT_REPLACED
    if view.unheard and not view.parent_cancelled:
        return Action.REVIVE
    return Action.EXIT_ENDED if ended else Action.CONTINUE


class RunWatchdog(threading.Thread):
    """Checks the flow run every so many seconds, beside the flow, until ``finish``."""

    def __init__(self, run_id: UUID, seconds: float) -> None:
        super().__init__(name="run-watchdog", daemon=True)
        # Made here and not in the thread: both read the environment, which Prefect's engine changes as it starts.
        with temporary_settings({PREFECT_CLIENT_MAX_RETRIES: 0}):
            self._client = get_client(sync_client=True)
            self._context = contextvars.copy_context()
        self._run_id = run_id
        self._seconds = seconds
        self._finished = threading.Event()
        self._reporting = threading.Lock()
        self._own_start = 0
        self._revived = False
        self._previous = Action.CONTINUE
        self._parent: UUID | None = None

    def finish(self) -> None:
        """Stop: the flow has ended, and nothing is reported of it any more."""
        self._finished.set()
        with self._reporting:
            pass

    def run(self) -> None:
        """Check until the flow has ended. A server that cannot be reached is asked again at the next check."""
        self._context.run(self._check_until_finished)

    def _check_until_finished(self) -> None:
        with self._client as client:
            while not self._finished.wait(self._seconds):
                try:
                    self._check(client)
                except _UNREACHABLE:
                    continue
                except Exception:  # noqa: BLE001 - logged, and asked again
                    # Without its watchdog a flow run that lives would count as dead.
                    _log.exception("a check of the flow run's own state failed; the next one is in %g s", self._seconds)

    def _check(self, client: SyncPrefectClient) -> None:
        run = client.read_flow_run(self._run_id)
        view = self._view(client, run)
        action = decide(view, self._own_start)
        if view.state is StateType.RUNNING and not self._own_start:
            self._own_start = view.starts
        second, self._previous = action is self._previous, action
        # A worker that has told the engine to end also reports the end.
        if action is Action.CONTINUE or intent_is_set() or (action in _NEED_SECOND_CHECK and not second):
            return
        if action is Action.REVIVE:
            self._revive(client, run)
        else:
            self._exit(client, run, action)

    def _view(self, client: SyncPrefectClient, run: FlowRun) -> ServerView:
        state = run.state_type or StateType.RUNNING
        unheard = state is StateType.CRASHED and is_unheard(run.state.message if run.state else None)
        return ServerView(
            state=state,
            starts=run.run_count,
            unheard=unheard,
            parent_cancelled=self._parent_cancelled(client, run),
            replaced=(unheard or self._revived) and is_replaced(client, run),
        )

    def _parent_cancelled(self, client: SyncPrefectClient, run: FlowRun) -> bool:
        if run.parent_task_run_id is None:
            return False
        if self._parent is None:
            self._parent = client.read_task_run(run.parent_task_run_id).flow_run_id
        return self._parent is not None and client.read_flow_run(self._parent).state_type is StateType.CANCELLED

    def _revive(self, client: SyncPrefectClient, run: FlowRun) -> None:
        """Report that the run is alive. If it ended on the server in the meantime, that state is restored."""
        alive: State[Any] = Running(message=ALIVE)
        with self._reporting:
            if self._finished.is_set():
                return
            client.set_flow_run_state(run.id, alive, force=True)
            states = sorted(client.read_flow_run_states(run.id), key=lambda state: state.timestamp)
            overtaken = states[-2] if len(states) > 1 and states[-1].message == alive.message else None
            if overtaken and run.state and overtaken.id != run.state.id:
                client.set_flow_run_state(run.id, overtaken, force=True)
        self._revived = True
        self._own_start = client.read_flow_run(run.id).run_count
        flow_run_logger(run).warning(
            "This flow run was declared dead and is alive: heartbeats did not reach the server."
        )

    def _exit(self, client: SyncPrefectClient, run: FlowRun, action: Action) -> None:
        """End this process as a worker would: by SIGTERM, which also ends engines and PDF workers, later by SIGKILL."""
        cancelled = action is Action.CANCEL
        reason = "was cancelled" if cancelled else "has ended, or another process does its work"
        flow_run_logger(run).warning(f"This flow run {reason}; its process exits.")
        if cancelled and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            _report_cancelled(client, run)  # The engine has not started yet.
        announce_cancellation(engine_reports=cancelled)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(STOP_SECONDS)
        if cancelled:
            _report_cancelled(client, run)
        os.kill(os.getpid(), signal.SIGKILL)


def is_replaced(client: SyncPrefectClient, run: FlowRun) -> bool:
    """Whether another flow run does this one's work: the next one of its shard, or a later one with its parameters."""
    if key := next_shard_key(run.idempotency_key):
        others = client.read_flow_runs(
            flow_run_filter=FlowRunFilter(idempotency_key=FlowRunFilterIdempotencyKey(any_=[key]))
        )
        return bool(others)
    if run.deployment_id is None:
        return False
    others = client.read_flow_runs(
        flow_run_filter=FlowRunFilter(
            deployment_id=FlowRunFilterDeploymentId(any_=[run.deployment_id]),
            state=FlowRunFilterState(type=FlowRunFilterStateType(any_=list(_ACTIVE))),
        )
    )
    return any(other.id != run.id and other.parameters == run.parameters and _later(other, run) for other in others)


def _later(other: FlowRun, run: FlowRun) -> bool:
    return bool(other.created and run.created and other.created > run.created)


def _report_cancelled(client: SyncPrefectClient, run: FlowRun) -> None:
    with suppress(*_UNREACHABLE):
        client.set_flow_run_state(run.id, Cancelled(message="Flow run was cancelled."), force=True)
