from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.domain import errors
from olmocr_core.domain.errors import FailureScope, OlmocrError, RunError, error_from_code


def tree(root: type[OlmocrError] = OlmocrError) -> list[type[OlmocrError]]:
    found = [root]
    for child in root.__subclasses__():
        # Other tests may have defined classes.
        found += tree(child) if child.__module__ == errors.__name__ else []
    return found


@pytest.mark.parametrize("kind", tree()[1:])
def test_every_error_survives_a_process_boundary(kind: type[OlmocrError]) -> None:
    error = kind("page 3 of a.pdf: too much")
    again = error_from_code(error.code, str(error))
    assert type(again) is kind
    assert str(again) == "page 3 of a.pdf: too much"


def test_codes_are_stable_and_distinct() -> None:
    codes = [kind("").code for kind in tree()]
    assert len(set(codes)) == len(codes)
    assert errors.PageTimeout("").code == "page_timeout"
    assert errors.OutOfMemory("").code == "out_of_memory"


@given(st.text())
def test_an_unknown_code_stops_the_run(code: str) -> None:
    known = {kind("").code for kind in tree()}
    if code not in known:
        assert type(error_from_code(code, "m")) is RunError


@pytest.mark.parametrize(
    ("base", "scope"),
    [
        (errors.RunError, FailureScope.RUN),
        (errors.SliceError, FailureScope.SLICE),
        (errors.DocumentError, FailureScope.DOCUMENT),
        (errors.PageError, FailureScope.PAGE),
    ],
)
def test_each_error_class_has_its_scope(base: type[OlmocrError], scope: FailureScope) -> None:
    assert {kind.scope for kind in tree(base)} == {scope}


def test_only_a_wrong_command_line_exits_with_2() -> None:
    assert {kind.__name__: kind.exit_code for kind in tree() if kind.exit_code != 1} == {
        "UsageError": 2,
        "NothingFound": 2,
    }


def test_an_unavailable_engine_may_set_retry_after() -> None:
    assert errors.EngineUnavailable("429", retry_after=2.5).retry_after == 2.5
    assert errors.EngineUnavailable("reset").retry_after is None
