from __future__ import annotations

import pytest

from service.api.media_types import choose_format
from service.jobs.models import ResultFormat
from service.problems import Problem

EVERY: tuple[ResultFormat, ...] = ("markdown", "json", "dolma")


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("*/*", "markdown"),
        ("application/json", "json"),
        ("text/html, application/json;q=0.9", "json"),
        ("text/markdown;q=0.5, application/x-ndjson", "dolma"),
        ("text/*", "markdown"),
        ("application/*", "json"),
        ("application/json;q=nonsense, */*;q=0.1", "markdown"),
    ],
)
def test_a_client_gets_what_it_likes_best(accept: str, chosen: str) -> None:
    assert choose_format(accept, EVERY) == chosen


def test_the_first_format_of_the_job_is_its_default() -> None:
    assert choose_format("*/*", ("dolma", "json")) == "dolma"


@pytest.mark.parametrize("accept", ["text/html", "application/json;q=0", ""])
def test_what_is_not_there_is_refused(accept: str) -> None:
    with pytest.raises(Problem, match="given as") as caught:
        choose_format(accept, EVERY)
    assert caught.value.status == 406
