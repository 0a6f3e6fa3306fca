"""Load the expectations for each document of the corpus, and check a tool's text against them.

The corpus is a folder with ``manifest.csv``, ``tests/*.jsonl`` (in the format of olmOCR-bench) and ``gt/``. The environment
variable ``OLMOCR_CORPUS`` names its parent, the folder with ``dev``; the default is ``shared/corpus`` beside the repository.
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scripts.quality.checks import check_appears, check_baseline, check_math, check_order, check_present, check_table
from scripts.quality.ground_truth import check_cells, check_text, read_truth
from scripts.quality.models import RELATIONS, CheckResult, Document, Expectation, Reading

__all__ = [
    "CheckResult",
    "Document",
    "Expectation",
    "Reading",
    "check",
    "corpus_folder",
    "load_documents",
    "load_expectations",
]

_SEPARATOR = "||"
_BLANK_LENGTH = 10
_CJK_TAGS = {"japanese", "chinese", "korean"}
_CHECKS = {
    "appears": check_appears,
    "not_appears": check_appears,
    "present": check_present,
    "absent": check_present,
    "order": check_order,
    "table": check_table,
    "baseline": check_baseline,
    "math": check_math,
    "text": check_text,
    "cells": check_cells,
}


def corpus_folder() -> Path:
    """Return the folder of the developer corpus, whether or not it exists."""
    default = Path(__file__).resolve().parents[2] / "shared" / "corpus"
    return Path(os.environ.get("OLMOCR_CORPUS") or default) / "dev"


def load_documents(corpus: Path) -> tuple[Document, ...]:
    """Load the existing documents of the corpus: first those of the manifest, in its order, then other files."""
    rows = _manifest(corpus)
    known = [
        Document(
            row["file"], corpus / row["file"], int(row["pages"]) if row["pages"] else None, tuple(row["tags"].split())
        )
        for row in rows
    ]
    named = {document.name for document in known}
    found = sorted(path for folder in ("pdfs", "images") for path in (corpus / folder).glob("*.*"))
    others = [
        Document(name, path, None, ("image",) if path.parent.name == "images" else ())
        for path in found
        if (name := path.relative_to(corpus).as_posix()) not in named
    ]
    return tuple(document for document in (*known, *others) if document.path.is_file())


def load_expectations(corpus: Path) -> tuple[Expectation, ...]:
    """Load the expectations for all existing documents. Every document has at least a baseline check.

    Raises FileNotFoundError without a manifest and ValueError for an invalid test.
    """
    rows = {row["file"]: row for row in _manifest(corpus)}
    tests = _bench_tests(corpus)
    found: list[Expectation] = []
    for document in load_documents(corpus):
        mine = [_from_test(test, document.name) for test in tests if test["pdf"] == Path(document.name).name]
        row = rows.get(document.name)
        mine += _from_row(row, corpus) if row else _from_loose_truth(document, corpus)
        if not any(expectation.rule == "baseline" for expectation in mine):
            mine.append(_baseline(document))
        found += mine
    return tuple(found)


def check(expectation: Expectation, reading: Reading | str) -> CheckResult:
    """Check an expectation. ``reading`` is a tool's output, or just a text."""
    if isinstance(reading, str):
        reading = Reading((reading,), paged=False, pages=None, seconds=0.0)
    if expectation.rule == "pages":
        return _check_pages(expectation, reading)
    return _CHECKS[expectation.rule](expectation, reading.page(expectation.page))


def _check_pages(expectation: Expectation, reading: Reading) -> CheckResult:
    if reading.pages is None:
        return CheckResult(False, "the tool does not say how many pages it read")
    return CheckResult(reading.pages == expectation.count, f"{reading.pages} pages, not {expectation.count}")


def _manifest(corpus: Path) -> list[dict[str, str]]:
    with (corpus / "manifest.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _bench_tests(corpus: Path) -> list[dict[str, Any]]:
    return [
        json.loads(line)
        for path in sorted((corpus / "tests").glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip()
    ]


def _from_test(test: dict[str, Any], document: str) -> Expectation:
    rule = test["type"]
    if rule not in ("present", "absent", "order", "table", "baseline", "math"):
        raise ValueError(f"{test['pdf']}: test {test['id']} has the unknown type {rule!r}")
    text = {"order": "before", "table": "cell", "math": "math"}.get(rule, "text")
    case_sensitive = test.get("case_sensitive")
    return Expectation(
        document=document,
        id=test["id"],
        rule=rule,
        page=test["page"],
        text=test.get(text) or "",
        after=test.get("after") or "",
        relations=tuple((relation, test[relation]) for relation in RELATIONS if test.get(relation)),
        max_diffs=test.get("max_diffs") or 0,
        case_sensitive=True if case_sensitive is None else case_sensitive,
        first_n=test.get("first_n"),
        last_n=test.get("last_n"),
        max_length=test.get("max_length"),
    )


def _from_row(row: dict[str, str], corpus: Path) -> Iterator[Expectation]:
    for rule, column in (("appears", "must_appear"), ("not_appears", "must_not_appear")):
        strings = [text.strip() for text in row[column].split(_SEPARATOR) if text.strip()]
        for number, text in enumerate(strings, start=1):
            yield Expectation(document=row["file"], id=f"{column}:{number}", rule=rule, text=text)  # type: ignore[arg-type]
    if row["pages"]:
        yield Expectation(document=row["file"], id="pages", rule="pages", count=int(row["pages"]))
    for name in filter(None, (part.strip() for part in row["ground_truth"].split(";"))):
        yield from read_truth(corpus / name, row["file"], tool_made="tool-made" in row["gt_kind"])


def _from_loose_truth(document: Document, corpus: Path) -> Iterator[Expectation]:
    for path in sorted((corpus / "gt").glob(f"{document.stem}.*")):
        yield from read_truth(path, document.name, tool_made=False)


def _baseline(document: Document) -> Expectation:
    return Expectation(
        document=document.name,
        id="baseline",
        rule="baseline",
        max_length=_BLANK_LENGTH if "blank" in document.tags else None,
        scripts=frozenset({"cjk"} if _CJK_TAGS & set(document.tags) else ()),
    )
