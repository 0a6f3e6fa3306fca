from __future__ import annotations

from typing import Any

import pytest
from prefect.cache_policies import NO_CACHE, CacheKeyFnPolicy
from prefect.states import Completed, Failed

from olmocr_core.domain import errors
from tasks import documents, output, pages
from tasks.decorator import FIRST_DELAY_SECONDS, RETRIES, should_retry, task

ALL = [
    documents.compare,
    documents.inspect,
    documents.plan,
    documents.assemble,
    documents.judge,
    output.publish,
    output.report,
    pages.render,
    pages.transcribe,
]


async def worth_another_try(error: BaseException) -> bool:
    return await should_retry(None, None, Failed(data=error))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "error",
    [
        errors.EngineUnavailable("503"),
        errors.SliceError("the slice's lease was lost"),
        OSError(28, "No space left on device"),
        ConnectionResetError("storage"),
        TimeoutError("storage"),
    ],
)
async def test_what_may_pass_is_tried_again(error: BaseException) -> None:
    assert await worth_another_try(error)


@pytest.mark.parametrize(
    "error",
    [
        errors.UsageError("setting 'x'"),
        errors.RunError("counts do not add up"),
        errors.UnreadableDocument("a.pdf"),
        errors.PageTimeout("page 3"),
        ValueError("a bug"),
        KeyError("a bug"),
    ],
)
async def test_what_would_fail_again_is_not(error: BaseException) -> None:
    assert not await worth_another_try(error)


async def test_a_result_is_no_error() -> None:
    assert not await should_retry(None, None, Completed(data=7))  # type: ignore[arg-type]


@pytest.mark.parametrize("each", ALL, ids=lambda each: each.name)
def test_every_task_is_made_the_same_way(each: Any) -> None:
    assert each.retries == RETRIES
    assert each.retry_condition_fn is should_retry
    assert each.retry_jitter_factor
    assert each.retry_delay_seconds == [FIRST_DELAY_SECONDS * 2**number for number in range(RETRIES)]
    assert each.result_serializer == "json"
    assert each.description


def test_only_reading_is_cached_and_kept() -> None:
    cached = [each.name for each in ALL if each.persist_result]
    assert cached == ["transcribe"]
    assert isinstance(pages.transcribe.cache_policy, CacheKeyFnPolicy)
    assert all(each.cache_policy == NO_CACHE for each in ALL if each.name != "transcribe")


def test_names_say_what_is_worked_on() -> None:
    @task("example", "example of {what}", tags=("cpu",))
    async def example(what: str) -> str:
        """Say what."""
        return what

    assert (example.name, example.task_run_name, example.tags) == ("example", "example of {what}", {"cpu"})
