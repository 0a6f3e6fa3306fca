"""Parsing of our own JSON files."""

from __future__ import annotations

import pytest

from olmocr_core.domain.errors import UsageError
from olmocr_core.domain.json_parsing import parse_json
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
