"""Parsing of our own JSON files, and of JSON that others wrote."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.domain.errors import UsageError
from olmocr_core.domain.json_parsing import InvalidJson, load_json, parse_json
from olmocr_core.domain.models import ErrorInfo


def test_valid_json_is_parsed() -> None:
    found = ErrorInfo(code="a", message="b")
    assert parse_json(ErrorInfo, found.model_dump_json().encode(), "x.json") == found


@pytest.mark.parametrize(
    ("data", "told"), [(b'{"code": "a"}', "x.json, line 3: message: "), (b"{", "x.json, line 3: ")]
)
def test_an_error_names_the_file_and_the_field(data: bytes, told: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_json(ErrorInfo, data, "x.json, line 3")
    assert str(caught.value).startswith(told)


@given(
    st.recursive(
        st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_json_of_others_is_loaded_as_it_is(value: object) -> None:
    assert load_json(json.dumps(value), 1_000_000) == value
    assert load_json(json.dumps(value).encode(), 1_000_000) == value


@pytest.mark.parametrize("levels", [65, 500, 100_000])
@pytest.mark.parametrize(("start", "end"), [("[", "]"), ('{"a": ', "}"), ('{"a": [', "]}")])
def test_deep_json_of_others_is_invalid_and_not_a_recursion_error(levels: int, start: str, end: str) -> None:
    for data in (start * levels + "1" + end * levels, start * levels):
        with pytest.raises(InvalidJson):
            load_json(data, 10_000_000)


def test_64_levels_are_allowed_and_brackets_in_strings_are_not_levels() -> None:
    assert load_json("[" * 64 + "1" + "]" * 64, 1000)
    assert load_json('["' + "[{" * 300 + '"]', 1000) == ["[{" * 300]


@pytest.mark.parametrize("data", ["[1, 2, 3]", b"[1, 2, 3]"])
def test_json_of_others_has_a_size_limit(data: str | bytes) -> None:
    assert load_json(data, 9) == [1, 2, 3]
    with pytest.raises(InvalidJson, match="longer than 8 bytes"):
        load_json(data, 8)


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe\xfa", b"\x00\x00\x00\x00", "1" * 5000])
def test_what_is_no_json_is_invalid(data: bytes | str) -> None:
    with pytest.raises(InvalidJson):
        load_json(data, 10_000)
