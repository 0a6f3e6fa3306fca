"""The engine ``sglang``: from settings to a server that this process launches, and to the engine that asks it."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from olmocr_core.domain.load_settings import load_settings
from olmocr_core.domain.ports import Engine
from olmocr_core.domain.settings import Settings
from olmocr_core.engines.base import EngineContext
from olmocr_core.engines.server import check_prompt, open_server_engine
from olmocr_core.engines.server_engine import Launch
from olmocr_core.engines.sglang.process import SglangConfig, SglangServer
from olmocr_core.engines.sglang.remote_identity import make_remote_sglang

DEFAULT_MODEL = "allenai/olmOCR-2-7B-1025-FP8"


def check_installation(settings: Settings) -> None:
    """Raise UsageError when the model's prompt is not installed."""
    check_prompt(settings.inference, settings.model or DEFAULT_MODEL)


@asynccontextmanager
async def open_engine(settings: Settings, context: EngineContext) -> AsyncIterator[Engine]:
    """The engine on a server that is launched for it; in a process that does not read, its identity alone.

    Raises UsageError and RunError when the server cannot be launched, or when its identity does not follow from settings.
    """
    config = make_sglang_config(settings)
    if not context.reads:
        yield make_remote_sglang(config, settings.inference)
        return
    async with SglangServer(config) as server:
        chosen = _with_concurrency(settings.model_copy(update={"model": config.served_name}), server.max_running)
        launch = Launch("sglang", config.revision or None, supervisor=server)
        async with open_server_engine(chosen, server=f"{server.url}/v1", launch=launch) as engine:
            yield engine


def make_sglang_config(settings: Settings) -> SglangConfig:
    """What to launch. Each machine says itself where sglang is installed, unless the settings of the run do."""
    python = settings.sglang.python or load_settings().sglang.python or sys.executable
    return SglangConfig(
        model=settings.model or DEFAULT_MODEL,
        revision=settings.sglang.revision or "",
        python=python,
        arguments=settings.sglang.arguments,
        start_seconds=settings.sglang.start_seconds,
        restarts=settings.sglang.restarts,
    )


def _with_concurrency(settings: Settings, max_running: int) -> Settings:
    """Settings with a quarter more requests in flight than the GPUs hold, so that a request waits for every free place."""
    if not max_running or "max_concurrency" in settings.inference.model_fields_set:
        return settings
    inference = settings.inference.model_copy(update={"max_concurrency": max_running + max(1, max_running // 4)})
    return settings.model_copy(update={"inference": inference})
