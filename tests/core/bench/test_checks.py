from __future__ import annotations

import pytest
from pydantic import ValidationError

from olmocr_core.bench.checks import BaselineCheck, OrderCheck, TableCheck, TextCheck, make_baseline_check, parse_check

FACTS = {"pdf": "a.pdf", "page": 1, "id": "x"}


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ({"type": "present", "text": "a"}, TextCheck),
        ({"type": "absent", "text": "a"}, TextCheck),
        ({"type": "order", "before": "a", "after": "b"}, OrderCheck),
        ({"type": "table", "cell": ""}, TableCheck),
        ({"type": "baseline"}, BaselineCheck),
    ],
)
def test_the_type_chooses_the_model(values: dict[str, object], kind: type) -> None:
    assert isinstance(parse_check({**FACTS, **values}), kind)


def test_texts_are_normalised() -> None:
    check = parse_check({**FACTS, "type": "present", "text": "**a**\n“b”"})
    assert isinstance(check, TextCheck)
    assert check.text == 'a "b"'


@pytest.mark.parametrize(
    "values",
    [
        {"type": "present", "text": " ** ** "},
        {"type": "order", "before": "abcd", "after": "abcdefgh", "max_diffs": 3},
        {"type": "math", "math": " "},
        {"type": "footnote", "marker": "1 2"},
        {"type": "format", "text": "a", "format": "underline"},
        {"type": "present", "text": "a", "max_diffs": "1"},
        {"type": "table", "cell": "a", "middle": "b"},
        {"type": "unknown"},
    ],
)
def test_errors_of_a_check(values: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        parse_check({**FACTS, **values})


def test_empty_neighbours_of_a_cell_are_not_checked() -> None:
    check = parse_check({**FACTS, "type": "table", "cell": "a", "up": None, "down": ""})
    assert isinstance(check, TableCheck)
    assert (check.up, check.down) == ("", "")


def test_the_added_baseline_check_is_for_the_first_page() -> None:
    check = make_baseline_check("sub/a.pdf")
    assert (check.pdf, check.page, check.id, check.type) == ("sub/a.pdf", 1, "sub/a.pdf_baseline", "baseline")
