from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.facades.docling_tasks import (
    FORMATS,
    DoclingTask,
    ResultShape,
    format_task_id,
    join_pairs,
    parse_task_id,
    read_job_options,
    read_shape,
)
from service.problems import Problem
from service.uploads.file_names import clean_file_name

JOBS = st.lists(st.text("0123456789abcdef", min_size=32, max_size=32), min_size=1, max_size=10).map(tuple)
SHAPES = st.builds(
    ResultShape,
    st.sets(st.sampled_from(list(FORMATS))).map(lambda names: tuple(name for name in FORMATS if name in names)),
    st.booleans(),
    st.text(st.characters(codec="utf-8"), max_size=100),
)


@given(JOBS, SHAPES, st.data())
def test_an_id_holds_the_task(jobs: tuple[str, ...], shape: ResultShape, data: st.DataObject) -> None:
    names = st.text(st.characters(codec="utf-8"), max_size=100).map(lambda name: clean_file_name(quote(name)))
    task = DoclingTask(jobs, tuple(data.draw(names) for _ in jobs), shape)
    assert parse_task_id(format_task_id(task)) == task
    assert format_task_id(task).replace("-", "").isalnum()


@pytest.mark.parametrize(
    ("given", "pages"),
    [
        (None, ""),
        ([1, 9223372036854775807], ""),
        (["1", "9223372036854775807"], ""),
        ("[2, 3]", "2-3"),
        ([2, 9223372036854775807], "2-1000000"),
    ],
)
def test_a_range_of_pages(given: Any, pages: str) -> None:
    assert read_job_options({"page_range": given}).pages == pages


@pytest.mark.parametrize("given", ["x", [1], [3, 2], [0, 1], [1, 2, 3], [None, 1]])
def test_what_is_no_range_is_refused(given: Any) -> None:
    with pytest.raises(Problem, match="page_range"):
        read_job_options({"page_range": given})


def test_fields_that_come_several_times_are_lists() -> None:
    assert join_pairs([("a", "1"), ("b", "2"), ("a", "3"), ("a", "4")]) == {"a": ["1", "3", "4"], "b": "2"}


def test_the_shape_of_a_result() -> None:
    assert read_shape({}, None) == ResultShape(("md",), False, "")
    assert read_shape({"to_formats": "json,md"}, "zip") == ResultShape(("md", "json"), True, "")
    assert read_shape({"return_as_file": "true", "md_page_break_placeholder": "\f"}, "inbody") == ResultShape(
        ("md",), True, "\f"
    )
