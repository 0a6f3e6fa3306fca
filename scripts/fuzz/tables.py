"""Targets that read tables, in all three ways of the benchmark, and its files of checks."""

from __future__ import annotations

import json

from olmocr_core.bench.checks import TableCheck, parse_check
from olmocr_core.bench.flat_table import flatten
from olmocr_core.bench.grid import Grid
from olmocr_core.bench.html_tables import read_html_tables
from olmocr_core.bench.markup_tables import Table, read_markdown_tables
from olmocr_core.bench.nested_tables import read_nested_tables
from olmocr_core.bench.score import score_check
from olmocr_core.domain.json_parsing import load_json
from scripts.fuzz.target import Target
from scripts.fuzz.texts import text_of

_PLAIN = b"<table><thead><tr><th>a</th><th>b</th></tr></thead><tr><td>1<td rowspan=2>2<tr><td>3</table>"
_ODD = (
    b"<table><tr><td colspan=0>&amp;&#65;&lt<!-- c --><![CDATA[x]]><br><script>t</script><table><td>in</table></table>"
)
_BROKEN = (
    b"<table>" + b"<a " * 40,
    b"<table><td a='" * 9,
    b"<table>" + b"<!--" * 40,
    b"<table>&#" + b"9" * 50,
    b"<table><![x[",
)
_PIPES = b"| a | b |\n| :-- | --: |\n| 1 | \\| 2 |\n||\n"
_CHECK = json.dumps(
    {
        "id": "1",
        "pdf": "a.pdf",
        "page": 1,
        "type": "table",
        "cell": "3",
        "up": "1",
        "left_heading": "3",
        "top_heading": "a",
    }
).encode()
_ORDER = json.dumps({"id": "2", "pdf": "a.pdf", "page": 1, "type": "order", "before": "a", "after": "b"}).encode()


def _lay_out(table: Table) -> None:
    """Spans over more places than a page has, and spans in words, are refused."""
    for build in (Grid, flatten):
        try:
            build(table)
        except ValueError:
            continue


def run_html(data: bytes) -> None:
    """Any text is tables or none; the way of a browser refuses nothing."""
    for table in read_html_tables(text_of(data)):
        _lay_out(table)


def run_nested(data: bytes) -> None:
    """The way of the published scorer refuses what it cannot read."""
    for table in read_nested_tables(text_of(data)):
        _lay_out(table)


def run_pipes(data: bytes) -> None:
    """Tables in Markdown."""
    for table in read_markdown_tables(text_of(data)):
        _lay_out(table)


def run_check(data: bytes) -> None:
    """A line of checks and the page that it is tried on."""
    line, _, page = data.partition(b"\n")
    values = load_json(line, 100_000)
    if isinstance(values, dict):
        check = parse_check(values)
        if isinstance(check, TableCheck):
            score_check(check, text_of(page))


TARGETS = (
    Target("html-tables", run_html, (_PLAIN, _ODD, *_BROKEN)),
    Target("nested-tables", run_nested, (_PLAIN, _ODD, *_BROKEN), (ValueError,)),
    Target("pipe-tables", run_pipes, (_PIPES, b"|\n|\n")),
    Target("checks", run_check, (_CHECK + b"\n" + _PLAIN, _ORDER + b"\na b", _CHECK + b"\n" + _PIPES), (ValueError,)),
)
