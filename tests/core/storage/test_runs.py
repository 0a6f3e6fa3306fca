from __future__ import annotations

from pathlib import Path

import pytest

from olmocr_core.domain.models import DocumentInfo, DocumentRecord, ErrorInfo, Problem, Source
from olmocr_core.domain.recipe import make_recipe
from olmocr_core.domain.settings import Quality, Settings
from olmocr_core.engines.scripted import ScriptedEngine
from olmocr_core.reading.slices import PlannedDocument, plan_slices
from olmocr_core.storage.runs import DocumentOutcome, RunDocument, RunFolder, RunHeader, Workspace, make_outcome
from tests.core.fakes import document

ODD_NAME = "über  \u2028/日本\u0085 \U0001f600.pdf"


def record(number: int, text: str = "text") -> DocumentRecord:
    source = Source(uri=f"/data/{number}.pdf", name=f"{number}.pdf")
    return DocumentRecord(doc_id=f"{number:064x}", sources=(source,), kind="pdf", status="kept", text=text)


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return Workspace(tmp_path).run("20261122-213045-5f3a")


def test_the_header_is_read_back_with_its_settings(folder: RunFolder) -> None:
    settings = Settings(engine="cpu", quality=Quality(languages=("en", "de"), partial="hold"))
    header = RunHeader(
        run="r", created="2026-11-22T21:30:45+00:00", version="0.1.0", sources=("a", ODD_NAME), settings=settings
    )
    folder.write_header(header)
    assert folder.header() == header
    assert folder.header().settings.model_fields_set == header.settings.model_fields_set


def test_a_run_that_was_never_opened_has_no_header(folder: RunFolder) -> None:
    with pytest.raises(FileNotFoundError):
        folder.header()


@pytest.mark.parametrize(("count", "batches"), [(0, []), (1, [1]), (2, [2]), (3, [2, 1]), (4, [2, 2])])
def test_documents_are_read_back_batch_by_batch(folder: RunFolder, count: int, batches: list[int]) -> None:
    documents = [document(f"{number:064x}", f"{number} {ODD_NAME}") for number in range(count)]
    problem = Problem(source=Source(uri="/x", name="x"), error=ErrorInfo(code="unreadable_document", message="no"))
    names = folder.write_found(documents, [problem], batch=2)
    assert [len(list(folder.found(name))) for name in names] == batches
    assert [found for name in names for found in folder.found(name)] == documents
    assert list(folder.problems()) == [problem]


def test_batches_come_in_the_order_of_the_run(folder: RunFolder) -> None:
    documents = [document(f"{number:064x}", f"{number}.pdf") for number in range(24)]
    names = folder.write_found(documents, [], batch=2)
    for name in reversed(names):
        found = (RunDocument(document=each, info=DocumentInfo(pages=1)) for each in folder.found(name))
        folder.write_inspected(name, found)
    assert [entry.document for entry in folder.inspected()] == documents
    assert [entry.document for entry in folder.inspected(names[3])] == documents[6:8]
    for index, name in reversed(list(enumerate(names))):
        folder.write_records(name, [record(index)])
    assert [int(each.doc_id, 16) for each in folder.records()] == list(range(len(names)))


def test_slices_are_read_back_by_index(folder: RunFolder) -> None:
    recipe = make_recipe(Settings(), ScriptedEngine().identity)
    planned = PlannedDocument(document(), DocumentInfo(pages=5), frozenset({1}))
    slices = list(plan_slices([planned], 2, recipe, show_cached=True))
    for piece in slices:
        folder.write_slice(piece)
    assert [folder.slice(piece.index) for piece in slices] == slices


def test_outcomes_find_their_texts_again(folder: RunFolder) -> None:
    batches = {"00000": [record(1, "one\ntwo\u2028three\x85four\r\n"), record(2, "")], "00001": [record(3, "\u00fc")]}
    for name, records in batches.items():
        folder.write_records(name, records)
    whole = [each for records in batches.values() for each in records]
    assert list(folder.records()) == whole
    outcomes = list(folder.outcomes())
    assert [outcome.record.text for outcome in outcomes] == ["", "", ""], "most readers need no texts"
    assert list(folder.with_texts(outcomes)) == whole
    assert list(folder.with_texts(outcomes[1:2])) == [record(2, "")]
    folder.write_judged(outcome.model_copy(update={"record": renamed(outcome.record)}) for outcome in outcomes)
    assert folder.is_judged
    assert list(folder.with_texts(folder.judged())) == [renamed(each) for each in whole]


def test_an_outcome_without_a_batch_has_no_text(folder: RunFolder) -> None:
    outcome = make_outcome(record(1))
    assert list(folder.with_texts([outcome])) == [record(1, "")]


def renamed(each: DocumentRecord) -> DocumentRecord:
    return each.model_copy(update={"status": "duplicate", "duplicate_of": "f" * 64})


def test_lists_that_were_never_written_are_empty(folder: RunFolder) -> None:
    assert [list(found) for found in (folder.judged(), folder.records(), folder.inspected(), folder.problems())] == [
        []
    ] * 4
    assert list(folder.inspected("00000")) == []


def test_an_interrupted_list_leaves_the_old_one(folder: RunFolder) -> None:
    folder.write_judged([make_outcome(record(1))])

    def breaking() -> list[DocumentOutcome]:
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space"):
        folder.write_judged(each for part in (lambda: [make_outcome(record(2))], breaking) for each in part())
    assert list(folder.judged()) == [make_outcome(record(1))]


def test_runs_do_not_share_files(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    workspace.run("a").write_judged([make_outcome(record(1))])
    assert list(workspace.run("b").judged()) == []
