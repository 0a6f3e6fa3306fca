"""The project's one ``task`` decorator: names that say what is worked on, retries for faults that may pass, JSON results.

A task survives what its function may raise and a later try may cure: an engine that is away (SliceError) and storage that
fails (OSError). What the input causes is not retried: it would fail again. Results are small JSON reports; nothing is
persisted unless a cache key is given, and then only the report: pages live in the page cache.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from prefect import Task
from prefect import task as prefect_task
from prefect.cache_policies import NO_CACHE, CacheKeyFnPolicy
from prefect.client.schemas.objects import State, TaskRun
from prefect.context import TaskRunContext
from prefect.tasks import exponential_backoff

from olmocr_core.domain.errors import FailureScope, OlmocrError

RETRIES = 3
FIRST_DELAY_SECONDS = 5
JITTER = 0.5

P = ParamSpec("P")
R = TypeVar("R")
CacheKey = Callable[[TaskRunContext, dict[str, Any]], str | None]


async def should_retry(task: Task[..., Any], run: TaskRun, state: State[Any]) -> bool:
    """Whether a failed try is worth another: engines away and storage faults are, everything else is not."""
    error = await state.aresult(raise_on_failure=False)
    if isinstance(error, OlmocrError):
        return error.scope is FailureScope.SLICE
    return isinstance(error, OSError)


def task(
    name: str, run_name: str, *, tags: tuple[str, ...] = (), cache_key: CacheKey | None = None
) -> Callable[[Callable[P, R]], Task[P, R]]:
    """Make a function a task. ``run_name`` is a template over the task's parameters."""
    return prefect_task(
        name=name,
        task_run_name=run_name,
        tags=list(tags),
        retries=RETRIES,
        retry_delay_seconds=exponential_backoff(FIRST_DELAY_SECONDS),
        retry_jitter_factor=JITTER,
        retry_condition_fn=should_retry,
        cache_policy=CacheKeyFnPolicy(cache_key_fn=cache_key) if cache_key else NO_CACHE,
        persist_result=cache_key is not None,
        result_serializer="json",
    )
