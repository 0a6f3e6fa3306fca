"""What a flow run under a worker knows of itself from the server, whoever else has died.

Prefect leaves that to the worker: a flow run that has outlived it, or an outage of the server, would neither hear that it
was cancelled nor that it counts as dead. So each asks for its own state now and then, and

- ends, and says so, when it or the flow run that started it was cancelled and nobody else has ended it;
- says that it lives, when it was only declared dead because the server could not hear its heart;
- ends and leaves the word to others, when another process does its work already.
"""

from __future__ import annotations

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
from prefect._internal import control_listener
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

from tasks.prefect_compat.idempotency import SILENT, next_key

# As long as a worker gives a flow run to clean up before it kills it.
STOP_SECONDS = 30.0
# Who reports a cancelled run: the engine itself where nobody minds it, else the worker.
_ENGINE_REPORTS = "PREFECT__ENABLE_CANCELLATION_AND_CRASHED_HOOKS"
_AWAY = (httpx.HTTPError, PrefectException, ValueError)
_WAITING = (StateType.SCHEDULED, StateType.PENDING)
_ACTIVE = (StateType.PENDING, StateType.RUNNING)


class Verdict(Enum):
    """What a flow run has to do."""

    GO_ON = auto()
    REVIVE = auto()
    CANCEL = auto()
    LEAVE = auto()
    YIELD = auto()


# The engine or the worker may be at it already: these have to be seen twice.
_PATIENT = (Verdict.CANCEL, Verdict.LEAVE)


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at the server shows; ``starts`` counts how often the run was started."""

    state: StateType
    starts: int = 0
    silent: bool = False
    parent_cancelled: bool = False
    replaced: bool = False


def decide(look: Look, mine: int) -> Verdict:
    """What follows; ``mine`` is the start that made this process, 0 while it has not begun."""
    ended = look.state in TERMINAL_STATES
    if look.state is StateType.CANCELLING or (look.parent_cancelled and not ended):
        return Verdict.CANCEL
    if look.replaced or (mine and (look.state in _WAITING or look.starts > mine)):
        return Verdict.YIELD
    if look.silent and not look.parent_cancelled:
        return Verdict.REVIVE
    return Verdict.LEAVE if ended else Verdict.GO_ON


class Watcher(threading.Thread):
    """Looks every so many seconds, beside the flow, until ``finish``."""

    def __init__(self, run: UUID, seconds: float) -> None:
        super().__init__(name="watcher", daemon=True)
        self._run_id = run
        self._seconds = seconds
        self._finished = threading.Event()
        self._saying = threading.Lock()
        self._mine = 0
        self._revived = False
        self._before = Verdict.GO_ON
        self._parent: UUID | None = None

    def finish(self) -> None:
        """The flow has come to its end: nothing is said of it any more."""
        self._finished.set()
        with self._saying:
            pass

    def run(self) -> None:
        """Look, until the flow has ended. A server that is away is asked again at the next turn."""
        with temporary_settings({PREFECT_CLIENT_MAX_RETRIES: 0}), get_client(sync_client=True) as client:
            while not self._finished.wait(self._seconds):
                with suppress(*_AWAY):
                    self._turn(client)

    def _turn(self, client: SyncPrefectClient) -> None:
        run = client.read_flow_run(self._run_id)
        look = self._look(client, run)
        verdict = decide(look, self._mine)
        if look.state is StateType.RUNNING and not self._mine:
            self._mine = look.starts
        seen_twice, self._before = verdict is self._before, verdict
        # A worker that has told the engine to end is the one who reports it.
        if verdict is Verdict.GO_ON or control_listener.get_intent() or (verdict in _PATIENT and not seen_twice):
            return
        if verdict is Verdict.REVIVE:
            self._revive(client, run)
        else:
            self._end(client, run, verdict)

    def _look(self, client: SyncPrefectClient, run: FlowRun) -> Look:
        state = run.state_type or StateType.RUNNING
        silent = state is StateType.CRASHED and str(run.state and run.state.message).startswith(SILENT)
        return Look(
            state=state,
            starts=run.run_count,
            silent=silent,
            parent_cancelled=self._parent_cancelled(client, run),
            replaced=(silent or self._revived) and replaced(client, run),
        )

    def _parent_cancelled(self, client: SyncPrefectClient, run: FlowRun) -> bool:
        if run.parent_task_run_id is None:
            return False
        if self._parent is None:
            self._parent = client.read_task_run(run.parent_task_run_id).flow_run_id
        return self._parent is not None and client.read_flow_run(self._parent).state_type is StateType.CANCELLED

    def _revive(self, client: SyncPrefectClient, run: FlowRun) -> None:
        """Say that the run lives; should it have come to its end in this moment, its end is put back."""
        alive: State[Any] = Running(message="It lives: the server could not hear its heart.")
        with self._saying:
            if self._finished.is_set():
                return
            client.set_flow_run_state(run.id, alive, force=True)
            states = sorted(client.read_flow_run_states(run.id), key=lambda state: state.timestamp)
            overtaken = states[-2] if len(states) > 1 and states[-1].message == alive.message else None
            if overtaken and run.state and overtaken.id != run.state.id:
                client.set_flow_run_state(run.id, overtaken, force=True)
        self._revived = True
        self._mine = client.read_flow_run(run.id).run_count
        flow_run_logger(run).warning("declared dead, and alive: its heart could not be heard")

    def _end(self, client: SyncPrefectClient, run: FlowRun, verdict: Verdict) -> None:
        """End this process as a worker would: SIGTERM, by which engines and PDF workers are ended, and later by force."""
        report = verdict is Verdict.CANCEL
        why = "was cancelled" if report else "has ended, or is done elsewhere"
        flow_run_logger(run).warning(f"this flow run {why}; its process ends itself")
        if report and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            _report(client, run)  # the engine is not there yet
        os.environ[_ENGINE_REPORTS] = str(report).lower()
        # Prefect's engine takes a SIGTERM for a crash unless it was told before that it means a cancellation.
        control_listener._set_intent("cancel")
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(STOP_SECONDS)
        if report:
            _report(client, run)
        os.kill(os.getpid(), signal.SIGKILL)


def replaced(client: SyncPrefectClient, run: FlowRun) -> bool:
    """Whether another flow run does the work of this one: the next of its shard, or the same order that began later."""
    if key := next_key(run.idempotency_key):
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


def _report(client: SyncPrefectClient, run: FlowRun) -> None:
    with suppress(*_AWAY):
        client.set_flow_run_state(run.id, Cancelled(message="Flow run was cancelled."), force=True)
