"""Compares the dataset of a disturbed workspace with that of an undisturbed one over the same sources."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from scripts.soak.invariants import Files, Found, read_workspace


def find_differences(files: Files, disturbed: str, calm: str, places: Collection[str]) -> list[str]:
    """How the two differ in the documents that lie at ``places``. Times, attempts, tokens and runs may differ."""
    problems, first = read_workspace(files, disturbed)
    more, second = read_workspace(files, calm)
    if first is None or second is None:
        return [*problems, *(f"undisturbed: {line}" for line in more)]
    return [*(f"undisturbed: {line}" for line in more), *_differences(first, second, set(places))]


def _differences(disturbed: Found, calm: Found, places: set[str]) -> Iterator[str]:
    ours, theirs = (_essence(found, places) for found in (disturbed, calm))
    for doc_id in sorted(ours.keys() | theirs.keys()):
        if ours.get(doc_id) != theirs.get(doc_id):
            yield f"{doc_id[:12]} differs: {_first_difference(ours.get(doc_id), theirs.get(doc_id))}"


def _essence(found: Found, places: set[str]) -> dict[str, dict[str, Any]]:
    """What has to be equal, by document: the row, and the Dolma record where there is one."""
    records = {record["id"]: record for record in found.records}
    result = {}
    for row in found.documents:
        sources = sorted(source for source in row["sources"] if source.split("::")[0] in places)
        if not sources:
            continue
        record = records.get(row["doc_id"], {})
        keep = ("doc_id", "status", "reasons", "kind", "text", "page_count", "ok_pages", "blank_pages", "failed_pages")
        result[row["doc_id"]] = {
            **{name: row[name] for name in keep},
            "sources": sources,
            "record": {name: record.get(name) for name in ("text", "attributes")},
            "pages": {name: record.get("metadata", {}).get(name) for name in ("page-statuses", "page-routes")},
        }
    return result


def _first_difference(ours: dict[str, Any] | None, theirs: dict[str, Any] | None) -> str:
    if ours is None or theirs is None:
        return "only the undisturbed run has it" if ours is None else "the undisturbed run has it not"
    name = next(name for name in ours if ours[name] != theirs[name])
    return f"{name}: {str(ours[name])[:120]} instead of {str(theirs[name])[:120]}"
