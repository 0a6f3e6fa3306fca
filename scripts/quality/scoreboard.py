"""Format the results of a comparison: by kind of document, where ours is behind, and which expectations fail."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from scripts.quality.models import CheckResult, Document, Expectation, Reading

OURS = "ours"
# Kinds of documents by their tags in the manifest; a document counts in each kind of its tags.
KINDS: tuple[tuple[str, frozenset[str]], ...] = (
    ("born-digital", frozenset({"born-digital"})),
    ("scan", frozenset({"scan"})),
    ("bad OCR layer", frozenset({"hidden-bad-ocr-layer", "ocr-layer"})),
    ("tables", frozenset({"tables"})),
    ("multi-column", frozenset({"multi-column", "two-column", "two-page-spread", "newspaper"})),
    ("handwriting", frozenset({"handwriting"})),
    ("forms", frozenset({"form", "acroform", "tax-form"})),
    ("rotated", frozenset({"rotated", "upside-down"})),
    ("equations", frozenset({"equations"})),
    ("headers and footers", frozenset({"headers-footers"})),
    ("RTL and CJK", frozenset({"rtl", "arabic", "persian", "japanese", "chinese", "korean"})),
    ("small, large, odd pages", frozenset({"small-page", "large-page", "tiny-text", "extreme-aspect-ratio"})),
    ("several pages", frozenset({"multi-page", "2-pages", "4-pages", "48-pages", "long-document"})),
    ("blank", frozenset({"blank", "blank-pages"})),
    ("image", frozenset({"image"})),
)
_RULES = ("appears", "not_appears", "present", "absent", "order", "table", "baseline", "text", "cells", "math", "pages")


@dataclass(frozen=True, slots=True)
class Scored:
    """The result of one expectation for one tool."""

    tool: str
    expectation: Expectation
    result: CheckResult


@dataclass(frozen=True, slots=True)
class Scoreboard:
    """All results: documents, tool names in column order, results, readings by tool."""

    documents: tuple[Document, ...]
    tools: tuple[str, ...]
    scored: tuple[Scored, ...]
    readings: dict[str, dict[str, Reading]]

    def count_held(self, tool: str, wanted: Callable[[Expectation], bool]) -> tuple[int, int]:
        """Count the wanted expectations that hold for a tool, and all of them."""
        results = [s.result.passed for s in self.scored if s.tool == tool and wanted(s.expectation)]
        return sum(results), len(results)

    def seconds_a_page(self, tool: str) -> float | None:
        """Wall seconds per page of the documents that the tool read; None if not measured."""
        pages = {document.name: document.pages or 1 for document in self.documents}
        read = {name: reading for name, reading in self.readings[tool].items() if reading.seconds > 0}
        total = sum(pages[name] for name in read)
        return sum(reading.seconds for reading in read.values()) / total if total else None


def list_kinds(document: Document) -> list[str]:
    """List the kinds of a document; ``other`` if it has none."""
    tags = set(document.tags) | ({"image"} if document.is_image else set())
    return [kind for kind, members in KINDS if members & tags] or ["other"]


def format_scoreboard(board: Scoreboard) -> str:
    """Format all results as Markdown."""
    parts = [
        _by_kind(board),
        _where_ours_is_not_first(board) if OURS in board.tools else "",
        _by_rule(board),
        _ground_truth(board),
        *(_failures(board, tool) for tool in board.tools if tool == OURS),
        _errors(board),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def to_data(board: Scoreboard) -> dict[str, object]:
    """Convert the results to plain values for JSON, one entry for each expectation and tool."""
    return {
        "seconds_a_page": {tool: board.seconds_a_page(tool) for tool in board.tools},
        "kinds": {document.name: list_kinds(document) for document in board.documents},
        "results": [
            {
                "tool": s.tool,
                "document": s.expectation.document,
                "id": s.expectation.id,
                "rule": s.expectation.rule,
                "counted": s.expectation.counted,
                "passed": s.result.passed,
                "why": s.result.why,
                "scores": s.result.scores,
            }
            for s in board.scored
        ],
    }


def format_table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Format a Markdown table; all columns but the first are right-aligned."""
    head = list(head)
    lines = [f"| {' | '.join(head)} |", f"| --- |{' ---: |' * (len(head) - 1)}"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def _by_kind(board: Scoreboard) -> str:
    rows = []
    for kind in [*(kind for kind, _ in KINDS), "other"]:
        members = {document.name for document in board.documents if kind in list_kinds(document)}
        if members:
            counts = [board.count_held(tool, _counted_in(members)) for tool in board.tools]
            rows.append([f"{kind} ({len(members)})", *_marked(counts)])
    every = {document.name for document in board.documents}
    rows.append(["**all documents**", *_marked([board.count_held(tool, _counted_in(every)) for tool in board.tools])])
    rows.append(["seconds a page", *(_seconds(board.seconds_a_page(tool)) for tool in board.tools)])
    head = ["expectations held, by kind (documents)", *board.tools]
    return (
        f"## By kind of document\n\n{format_table(head, rows)}\n\nA document counts in each of its kinds. Best in bold."
    )


def _counted_in(documents: set[str]) -> Callable[[Expectation], bool]:
    return lambda expectation: expectation.counted and expectation.document in documents


def _marked(counts: list[tuple[int, int]]) -> list[str]:
    best = max((held for held, _ in counts), default=0)
    return [f"**{held}/{total}**" if held == best and best else f"{held}/{total}" for held, total in counts]


def _seconds(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds:.2f}"


def _where_ours_is_not_first(board: Scoreboard) -> str:
    rivals = [tool for tool in board.tools if tool != OURS]
    lines = []
    for kind in [*(kind for kind, _ in KINDS), "other"]:
        members = [document for document in board.documents if kind in list_kinds(document)]
        mine, total = board.count_held(OURS, _counted_in({document.name for document in members}))
        if mine == total:
            continue
        ahead = []
        for tool in rivals:
            held, _ = board.count_held(tool, _counted_in({document.name for document in members}))
            if held >= mine:
                ahead.append(f"{tool} holds {'as many' if held == mine else f'{held - mine} more'}")
        if ahead:
            lines.append(f"- {kind}: {', '.join(ahead)}; {_lost_documents(board, members, rivals)}")
    title = "## Where ours is not first"
    return f"{title}\n\n" + (
        "\n".join(lines) if lines else "Nowhere: ours holds the most, or everything, on every kind."
    )


def _lost_documents(board: Scoreboard, members: list[Document], rivals: list[str]) -> str:
    lost = []
    for document in members:
        mine, _ = board.count_held(OURS, _counted_in({document.name}))
        behind = [
            f"{held - mine} behind {tool}"
            for tool in rivals
            if (held := board.count_held(tool, _counted_in({document.name}))[0]) > mine
        ]
        if behind:
            lost.append(f"{document.stem} ({', '.join(behind)})")
    return ", ".join(lost) or "no single document is behind"


def _has_rule(rule: str, counted: bool, expectation: Expectation) -> bool:
    return expectation.rule == rule and expectation.counted == counted


def _by_rule(board: Scoreboard) -> str:
    rows = []
    for rule in _RULES:
        counts = [board.count_held(tool, partial(_has_rule, rule, True)) for tool in board.tools]
        apart = [board.count_held(tool, partial(_has_rule, rule, False)) for tool in board.tools]
        if counts[0][1]:
            rows.append([rule, *_marked(counts)])
        if apart[0][1] and rule not in ("text", "cells"):
            rows.append([f"{rule} (not counted above)", *_marked(apart)])
    note = (
        "math: the LaTeX is in the text, ignoring spacing (formulas are not rendered: a lower bound). "
        "pages: the tool reports the right page count. "
        "text: at least 90% of the words of the ground truth, with an F1 of at least 0.85. "
        "cells: at least 90% of the cells are in one row with the others of their row."
    )
    return f"## By kind of check\n\n{format_table(['check', *board.tools], rows)}\n\n{note}"


def _ground_truth(board: Scoreboard) -> str:
    rows = []
    seen = dict.fromkeys((s.expectation.document, s.expectation.id) for s in board.scored if s.result.scores)
    for document, identifier in seen:
        same = [s for s in board.scored if (s.expectation.document, s.expectation.id) == (document, identifier)]
        measures = list(same[0].result.scores)
        scores = {s.tool: " / ".join(f"{s.result.scores[m]:.2f}" for m in measures) for s in same}
        label = f"{identifier.rsplit(':', 1)[0]}: {' / '.join(measures)}"
        rows.append([label if same[0].expectation.counted else f"{label} (tool-made, not counted)"])
        rows[-1] += [scores.get(tool, "-") for tool in board.tools]
    return f"## Similarity to ground truth\n\n{format_table(['ground truth', *board.tools], rows)}" if rows else ""


def _failures(board: Scoreboard, tool: str) -> str:
    lines = [f"## What fails for {tool}"]
    for document in board.documents:
        failed = [
            s
            for s in board.scored
            if s.tool == tool and s.expectation.document == document.name and not s.result.passed
        ]
        if failed:
            note = board.readings[tool][document.name].note
            lines.append(f"\n{document.name} ({', '.join(list_kinds(document))}{f'; {note}' if note else ''})\n")
            lines += [f"- {s.expectation.rule} {s.expectation.id}: {s.result.why}" for s in failed]
    return "\n".join(lines)


def _errors(board: Scoreboard) -> str:
    lines = [
        f"- {tool}, {name}: {reading.error}"
        for tool in board.tools
        for name, reading in board.readings[tool].items()
        if reading.error
    ]
    return "## Documents that a tool did not read, or not completely\n\n" + "\n".join(lines) if lines else ""
