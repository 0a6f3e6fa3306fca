"""``/health``: the process answers. ``/ready``: documents that come now are read now, or what is missing."""

from __future__ import annotations

from fastapi import APIRouter, Request

from service.problems import Problem
from service.state import the_state

router = APIRouter(tags=["health"])


@router.get("/health")
async def health() -> dict[str, str]:
    """Say that the process answers."""
    return {"status": "ok"}


@router.get("/ready")
async def ready(request: Request) -> dict[str, str]:
    """Say whether documents are read. Raises Problem with what is missing; what is accepted meanwhile waits."""
    state = the_state(request)
    if trouble := state.runner.trouble:
        # It may name a model server. Where keys are set, everyone reaches this path, and the log has to do.
        why = "its log says why" if state.settings.api_keys else trouble
        raise Problem(503, f"documents are accepted and wait: {why}", {"Retry-After": "5"})
    return {"status": "ready"}
