"""Contract: the engine takes a SIGTERM for a cancellation when the control listener holds the intent, and reports if told."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from prefect import flow_engine
from prefect._internal import control_listener

from tasks.prefect_compat.cancel_intent import announce_cancellation, intent_is_set


@pytest.fixture(autouse=True)
def _nothing_announced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control_listener, "_intent", None)
    # So that the variable is put back after the test, whatever it was.
    monkeypatch.setenv("PREFECT__ENABLE_CANCELLATION_AND_CRASHED_HOOKS", "")


@pytest.mark.parametrize("reports", [True, False])
def test_the_engine_sees_what_was_announced(reports: bool) -> None:
    assert not intent_is_set()
    announce_cancellation(engine_reports=reports)
    assert intent_is_set()
    assert flow_engine._termination_intent() == "cancel"
    engine = SimpleNamespace(_started_with_in_process_parent_flow_run_context=False)
    owns = flow_engine.BaseFlowRunEngine._engine_owns_cancellation_handling
    assert owns(engine) is reports  # type: ignore[arg-type]
