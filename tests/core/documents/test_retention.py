"""Retention rules, for any ages and references."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.documents.retention import (
    DAY,
    DocumentSet,
    ReferencedDocuments,
    RetentionRules,
    StoredFile,
    may_remove,
    may_remove_report,
    may_remove_run,
)

NOW = 2_000_000_000.0
doc_ids = st.text("0123456789abcdef", min_size=64, max_size=64)
ages = st.floats(-1000, 10_000)
rules = st.builds(
    RetentionRules,
    image_days=st.floats(0, 400),
    page_days=st.floats(0, 400),
    run_days=st.floats(0, 400),
    report_days=st.floats(0, 400),
    leftover_days=st.floats(0.25, 400),
)


def entry(kind: str, days: float, doc_id: str | None = None) -> StoredFile:
    return StoredFile(kind=kind, modified=NOW - days * DAY, doc_id=doc_id)  # type: ignore[arg-type]


@given(st.lists(doc_ids), st.lists(doc_ids), doc_ids)
def test_a_set_contains_the_documents_added_to_it(first: list[str], second: list[str], other: str) -> None:
    both = DocumentSet(first) | DocumentSet(second)
    assert all(doc_id in both for doc_id in [*first, *second])
    looks_alike = any(doc_id[:16] == other[:16] for doc_id in [*first, *second])
    assert (other in both) == looks_alike
    assert len(both) == len({doc_id[:16] for doc_id in [*first, *second]})


@given(st.lists(doc_ids, min_size=1), rules, ages, st.sampled_from(["page", "input"]), st.data())
def test_a_referenced_page_is_never_removed(
    named: list[str], chosen: RetentionRules, age: float, kind: str, data: st.DataObject
) -> None:
    doc_id = data.draw(st.sampled_from(named))
    everything = ReferencedDocuments(DocumentSet(named), DocumentSet())
    assert not may_remove(entry(kind, age, doc_id), everything, chosen, NOW)


@given(doc_ids, rules, ages, st.sampled_from(["page", "input"]))
def test_no_page_is_removed_if_the_documents_of_the_dataset_are_unknown(
    doc_id: str, chosen: RetentionRules, age: float, kind: str
) -> None:
    assert not may_remove(
        entry(kind, age, doc_id), ReferencedDocuments(DocumentSet(), DocumentSet(), certain=False), chosen, NOW
    )


@given(doc_ids, rules, ages)
def test_an_image_of_an_unfinished_run_is_never_removed(doc_id: str, chosen: RetentionRules, age: float) -> None:
    unfinished = ReferencedDocuments(DocumentSet([doc_id]), DocumentSet([doc_id]))
    assert not may_remove(entry("image", age, doc_id), unfinished, chosen, NOW)


@given(st.sampled_from(["page", "image", "input", "leftover", "result"]), doc_ids, rules, st.floats(0, 1000))
def test_files_with_a_time_in_the_future_stay(kind: str, doc_id: str, chosen: RetentionRules, age: float) -> None:
    assert not may_remove(entry(kind, -age, doc_id), ReferencedDocuments(DocumentSet(), DocumentSet()), chosen, NOW)


@given(rules, ages, st.sampled_from(["page", "image", "input", "run", "report"]))
def test_an_unknown_file_stays(chosen: RetentionRules, age: float, kind: str) -> None:
    assert not may_remove(entry(kind, age), ReferencedDocuments(DocumentSet(), DocumentSet()), chosen, NOW)


def test_unreferenced_files_are_removed_at_their_age() -> None:
    nobody = ReferencedDocuments(DocumentSet(), DocumentSet())
    chosen = RetentionRules(image_days=7, page_days=180, run_days=30, leftover_days=1)
    for kind, days in (("image", 7), ("page", 180), ("input", 180), ("leftover", 1), ("result", 30)):
        assert not may_remove(entry(kind, days, "0" * 64), nobody, chosen, NOW), kind
        assert may_remove(entry(kind, days + 0.01, "0" * 64), nobody, chosen, NOW), kind


def test_an_image_is_removed_although_the_dataset_has_its_document() -> None:
    published = ReferencedDocuments(DocumentSet(["0" * 64]), DocumentSet())
    assert may_remove(entry("image", 8, "0" * 64), published, RetentionRules(image_days=7), NOW)


def test_the_published_run_and_the_newest_report_stay() -> None:
    chosen = RetentionRules(run_days=1, report_days=1)
    assert may_remove_run("a", NOW - 2 * DAY, "b", chosen, NOW)
    assert not may_remove_run("a", NOW - 2 * DAY, "a", chosen, NOW)
    assert not may_remove_run("a", NOW, "b", chosen, NOW)
    assert may_remove_report("a", NOW - 2 * DAY, "b", chosen, NOW)
    assert not may_remove_report("b", NOW - 2 * DAY, "b", chosen, NOW)
