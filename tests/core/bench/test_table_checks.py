from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.bench.examples import passes, score

TABLE = """
<table><thead><tr><th>Item</th><th colspan="2">Year</th></tr><tr><th></th><th>2023</th><th>2024</th></tr></thead>
<tr><td rowspan="2">Sales</td><td>10</td><td>20</td></tr><tr><td>11</td><td>21</td></tr></table>
"""
PIPES = "| Item | 2023 |\n| --- | --- |\n| Sales | 10 |\n| Costs | 7 |"
MANY = 1_000
HOSTILE = {
    "open cells": "<table><tr>" + "<td>a b" * MANY,
    "open rows": "<table>" + "<tr><td>a<td>b" * MANY,
    "open tables": "<table><tr><td>x" * MANY,
    "open heads": "<table><thead><tr><th>x" * MANY,
    "open everything else": "<table><tr><td>" + "<div>" * MANY + "needle",
    "spans": "<table><tr>" + "<td rowspan=1000 colspan=1000>x</td>" * MANY,
    "stairs": "<table>" + "".join(f"<tr><td rowspan={MANY - row}>x</td></tr>" for row in range(MANY)),
    "wide headings": "<table><tr>" + "<th colspan=2>h</th>" * MANY + "</tr></table>",
    "pipes": "|" * MANY + "\n" + "|a|" * MANY,
    "equal heads": "<table><thead>" + "<tr><th>x</th></tr>" * MANY + "</thead></table>",
}


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"cell": "20", "up": "2024"}, True),
        ({"cell": "20", "up": "2023"}, False),
        ({"cell": "20", "left": "10", "left_heading": "Sales"}, True),
        ({"cell": "21", "top_heading": "Year"}, True),
        ({"cell": "21", "left_heading": "Sales"}, True),
        ({"cell": "Sales", "right": "11"}, True),
        ({"cell": "Year", "down": "2024"}, True),
        ({"cell": "2024", "right": "9999"}, False),
        ({"cell": "nowhere"}, False),
    ],
)
def test_html_tables_with_spans(asked, expected):
    assert passes(TABLE, type="table", **asked) is expected


def test_markdown_tables_can_be_ignored():
    assert passes(PIPES, type="table", cell="7", top_heading="2023", left="Costs", up="10") is True
    assert passes(PIPES, type="table", cell="7", ignore_markdown_tables=True) is False
    assert passes("no table", type="table", cell="7") is False


def test_a_neighbour_beyond_the_edge_only_holds_for_the_published_scorer():
    asked = {"type": "table", "cell": "Item", "up": "Title"}
    assert passes(PIPES, **asked) is False
    assert passes(PIPES, compat=True, **asked) is True


def test_neighbours_are_found_between_unclosed_cells():
    html = "<table><tr><td>a<td>b<tr><td>c<td>d"
    assert score(html, type="table", cell="d", up="b", left="c").passed is True
    # The published scorer nests them and sees one cell with the whole text.
    assert score(html, type="table", cell="d", up="b", left="c", compat=True).passed is False


@pytest.mark.parametrize("compat", [False, True])
@pytest.mark.parametrize("name", list(HOSTILE))
def test_hostile_pages_have_a_verdict_in_time(name, compat):
    start = time.monotonic()
    verdict = score(
        HOSTILE[name], type="table", cell="not there", up="x", top_heading="y", left_heading="z", compat=compat
    )
    assert verdict.passed is False
    assert time.monotonic() - start < 60


@given(st.text('<>/tdrhable |\n-="012', max_size=120))
def test_no_markup_breaks_the_scorer(text):
    for compat in (True, False):
        assert passes(f"<table>{text}", type="table", cell="0", up="1", top_heading="2", compat=compat) in (True, False)
