"""Made pages of tables that no tool should write: tags left open, swapped, nested, spans of all kinds. For bench_parity."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

MADE = "made.pdf"
_WORDS = (
    "a",
    "bb",
    "needle",
    "x y",
    "",
    "10",
    "Year",
    "<b>z</b>",
    "&amp;",
    "é",
    "&nbsp;",
    "<!-- c -->",
    "<script>q</script>",
)
_ASKED = ("a", "needle", "bb", "10", "z", "&", "é", "x y", "Year")
_TAGS = (
    *("<table>", "</table>", "<tr>", "<tr>", "<tr>", "</tr>", "<td>", "<td>", "<td>", "</td>", "<th>", "<th>", "</th>"),
    *(
        "<thead>",
        "</thead>",
        "<tbody>",
        "</tbody>",
        "<br>",
        "<br/>",
        "</br>",
        "<TD>",
        "<div>",
        "</div>",
        "\n",
        "|",
        "</p>",
    ),
    *("<td rowspan=2>", "<td colspan=2>", "<th rowspan=3>", "<th colspan='2'>", "<td rowspan='2' colspan='3'>"),
    *("<td rowspan=0>", "<td colspan=-1>"),
)
_SIDES = ("up", "down", "left", "right", "top_heading", "left_heading")


def make_tables(count: int, seed: int = 5) -> Iterator[dict[str, Any]]:
    """Cases of a ``check`` and a ``text``, always the same for a seed."""
    chance = random.Random(seed)
    for _ in range(count):
        check: dict[str, Any] = {"pdf": MADE, "page": 1, "id": "made", "type": "table"}
        check |= {"cell": chance.choice(_ASKED), "max_diffs": chance.choice((0, 0, 1, 2))}
        check |= {side: chance.choice(_ASKED) for side in _SIDES if chance.random() < 0.1}
        check["ignore_markdown_tables"] = chance.random() < 0.3
        yield {"check": check, "text": _page(chance)}


def _page(chance: random.Random) -> str:
    tags = [*_TAGS, "<td colspan=x>"] if chance.random() < 0.05 else _TAGS
    pieces = ["<table>"]
    for _ in range(chance.choice((8, 20, 40, 80))):
        pieces.append(chance.choice(tags))
        if chance.random() < 0.6:
            pieces.append(chance.choice(_WORDS))
    return "".join(pieces)
