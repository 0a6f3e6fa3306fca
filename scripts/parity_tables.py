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
    """Generate cases of a ``check`` and a ``text``, the same for the same seed."""
    rng = random.Random(seed)
    for _ in range(count):
        check: dict[str, Any] = {"pdf": MADE, "page": 1, "id": "made", "type": "table"}
        check |= {"cell": rng.choice(_ASKED), "max_diffs": rng.choice((0, 0, 1, 2))}
        check |= {side: rng.choice(_ASKED) for side in _SIDES if rng.random() < 0.1}
        check["ignore_markdown_tables"] = rng.random() < 0.3
        yield {"check": check, "text": _page(rng)}


def _page(rng: random.Random) -> str:
    tags = [*_TAGS, "<td colspan=x>"] if rng.random() < 0.05 else _TAGS
    pieces = ["<table>"]
    for _ in range(rng.choice((8, 20, 40, 80))):
        pieces.append(rng.choice(tags))
        if rng.random() < 0.6:
            pieces.append(rng.choice(_WORDS))
    return "".join(pieces)
