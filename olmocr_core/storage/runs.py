"""The state of one run, as files in ``<workspace>/runs/<run>/``: tasks pass references to them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import TypeVar

from pydantic import BaseModel

from olmocr_core.documents.duplicates import duplicate_key
from olmocr_core.domain.models import Document, DocumentInfo, DocumentRecord, ErrorInfo, Frozen, Problem
from olmocr_core.domain.recipe import Recipe
from olmocr_core.domain.settings import Settings
from olmocr_core.reading.slices import Slice
from olmocr_core.storage.durability import sync_filesystem
from olmocr_core.storage.files import open_atomic, write_atomic
from olmocr_core.storage.paths import AnyPath, sorted_paths

T = TypeVar("T", bound=BaseModel)


class RunHeader(Frozen):
    """The inputs of a run. ``created`` is an ISO date-time in UTC."""

    run: str
    created: str
    version: str
    sources: tuple[str, ...]
    settings: Settings


class RunDocument(Frozen):
    """A document of the run and its inspection result."""

    document: Document
    info: DocumentInfo

    @property
    def page_numbers(self) -> range:
        """The numbers of the pages to read; empty for a document that could not be opened."""
        return range(1, self.info.pages + 1) if not self.info.error else range(0)


class UnavailableDocument(Frozen):
    """A document that could not be read for a reason outside of its bytes."""

    doc_id: str
    error: ErrorInfo


class DocumentOutcome(Frozen):
    """The result of a document: its record without the text, and the position of the complete record in a batch's file.

    ``text_digest`` identifies documents with the same text; None for a text that is not compared.
    """

    record: DocumentRecord
    text_digest: str | None = None
    batch: str = ""
    start: int = 0
    size: int = 0

    @property
    def key(self) -> str:
        """The key of the record."""
        return self.record.key


def make_outcome(record: DocumentRecord, batch: str = "", start: int = 0, size: int = 0) -> DocumentOutcome:
    """Make the outcome of a complete record."""
    light = record.model_copy(update={"text": "", "spans": ()})
    return DocumentOutcome(record=light, text_digest=duplicate_key(record), batch=batch, start=start, size=size)


class Workspace:
    """The folder or bucket prefix for everything that runs produce."""

    def __init__(self, root: AnyPath) -> None:
        self.root = root
        self.pages = root / "pages"
        self.images = root / "images"
        self.inputs = root / "inputs"
        self.dataset = root / "dataset"
        self.reports = root / "reports"

    def run(self, run: str) -> RunFolder:
        """Return the folder with the state of one run."""
        return RunFolder(self.root / "runs" / run)


class RunFolder:
    """Typed access to the files of a run. Lists are JSON lines; they are streamed."""

    def __init__(self, root: AnyPath) -> None:
        self.root = root
        self.progress = root / "progress.json"

    def write_header(self, header: RunHeader) -> None:
        """Store the inputs of the run; of its settings only those that were set, so that defaults stay recognisable."""
        data = header.model_dump_json(exclude_unset=True).encode()
        write_atomic(self.root / "run.json", data, fsync=True)

    def header(self) -> RunHeader:
        """Read the inputs of the run. Raises FileNotFoundError if the run was never started."""
        return RunHeader.model_validate_json((self.root / "run.json").read_bytes())

    @property
    def is_planned(self) -> bool:
        """Whether the run has a recipe: its pages are planned."""
        return (self.root / "recipe.json").is_file()

    def write_recipe(self, recipe: Recipe) -> None:
        """Store the recipe of the run, under which the cache keeps its pages."""
        self._write("recipe.json", recipe)

    def recipe(self) -> Recipe:
        """Read the recipe of the run. Raises FileNotFoundError if the run was never planned."""
        return Recipe.model_validate_json((self.root / "recipe.json").read_bytes())

    def write_found(self, documents: Iterable[Document], problems: Iterable[Problem], batch: int) -> list[str]:
        """Store the result of discovery, with documents in batches of at most ``batch``; return the names of the batches."""
        self._write_lines("problems.jsonl", problems)
        names: list[str] = []
        chunk: list[Document] = []
        for document in documents:
            chunk.append(document)
            if len(chunk) == batch:
                names.append(self._write_batch(len(names), chunk))
                chunk = []
        if chunk:
            names.append(self._write_batch(len(names), chunk))
        return names

    def problems(self) -> Iterator[Problem]:
        """Read the sources that are not documents, with their errors."""
        return _read_lines(self.root / "problems.jsonl", Problem)

    def found(self, batch: str) -> Iterator[Document]:
        """Read the documents of a batch as discovered."""
        return _read_lines(self.root / "found" / f"{batch}.jsonl", Document)

    def write_inspected(self, batch: str, documents: Iterable[RunDocument]) -> None:
        """Store a batch of inspected documents."""
        self._write_lines(f"inspected/{batch}.jsonl", documents)
        self.sync()

    def inspected(self, batch: str | None = None) -> Iterator[RunDocument]:
        """Read the inspected documents of one batch, or of all batches in order."""
        for path in self._parts("inspected", batch):
            yield from _read_lines(path, RunDocument)

    def batches(self) -> tuple[str, ...]:
        """List the names of the inspected batches, in order."""
        return tuple(path.stem for path in self._parts("inspected", None))

    def sync(self) -> None:
        """Put all that was stored on the device, before anybody is told that a stage has ended."""
        sync_filesystem(self.root)

    def write_slice(self, piece: Slice) -> None:
        """Store a slice with its pages; call ``sync`` after the last one."""
        self._write(f"slices/{piece.index:06d}.json", piece)

    def slice(self, index: int) -> Slice:
        """Read a slice with its pages."""
        return Slice.model_validate_json((self.root / "slices" / f"{index:06d}.json").read_bytes())

    def slices(self, first: int = 0, last: int | None = None) -> Iterator[Slice]:
        """Read the planned slices from ``first`` to ``last`` (included), in order."""
        for path in sorted_paths((self.root / "slices").glob("*.json")):
            if first <= int(path.stem) and (last is None or int(path.stem) <= last):
                yield Slice.model_validate_json(path.read_bytes())

    def write_unavailable(self, index: int, found: Mapping[str, ErrorInfo]) -> None:
        """Store the documents of a slice that could not be read, and why; call it before the slice counts as done."""
        self._write_lines(
            f"unavailable/{index:06d}.jsonl", (UnavailableDocument(doc_id=key, error=found[key]) for key in found)
        )
        self.sync()

    def unavailable(self) -> dict[str, ErrorInfo]:
        """Read the documents that could not be read; some may have been read since, by a later try of their slices."""
        found: dict[str, ErrorInfo] = {}
        for path in self._parts("unavailable", None):
            for one in _read_lines(path, UnavailableDocument):
                found.setdefault(one.doc_id, one.error)
        return found

    def write_records(self, batch: str, records: Iterable[DocumentRecord]) -> None:
        """Store a batch of assembled documents and, in a second file, their outcomes, which most readers need only."""
        with open_atomic(self._outcomes(batch)) as light, open_atomic(self._records(batch)) as stream:
            start = 0
            for record in records:
                line = record.model_dump_json().encode() + b"\n"
                stream.write(line)
                light.write(_line(make_outcome(record, batch, start, len(line))))
                start += len(line)
        self.sync()

    def records(self) -> Iterator[DocumentRecord]:
        """Read all assembled documents in order."""
        for path in self._parts("records", None):
            yield from _read_lines(path, DocumentRecord)

    def outcomes(self) -> Iterator[DocumentOutcome]:
        """Read the outcomes of all assembled documents, without texts, in order."""
        for path in self._parts("outcomes", None):
            yield from _read_lines(path, DocumentOutcome)

    def write_judged(self, outcomes: Iterable[DocumentOutcome]) -> None:
        """Store the final outcomes of all documents and unreadable sources."""
        self._write_lines("judged.jsonl", outcomes)
        self.sync()

    @property
    def is_judged(self) -> bool:
        """Whether the final outcomes of all documents are stored."""
        return (self.root / "judged.jsonl").is_file()

    @property
    def is_published(self) -> bool:
        """Whether the run was ever published."""
        return (self.root / "published").is_file()

    def mark_published(self) -> None:
        """Mark the run as published; call it after writing the ledger."""
        if not self.is_published:
            write_atomic(self.root / "published", b"")

    def judged(self) -> Iterator[DocumentOutcome]:
        """Read the final outcomes of all documents and unreadable sources, in the order of the run."""
        return _read_lines(self.root / "judged.jsonl", DocumentOutcome)

    def with_texts(self, outcomes: Iterable[DocumentOutcome]) -> Iterator[DocumentRecord]:
        """Read the complete records of some outcomes; parses only these and opens each batch's file once."""
        for batch, group in groupby(outcomes, lambda outcome: outcome.batch):
            if not batch:
                yield from (outcome.record for outcome in group)
                continue
            with self._records(batch).open("rb") as stream:
                for outcome in group:
                    stream.seek(outcome.start)
                    whole = DocumentRecord.model_validate_json(stream.read(outcome.size))
                    yield outcome.record.model_copy(update={"text": whole.text, "spans": whole.spans})

    def _records(self, batch: str) -> AnyPath:
        return self.root / "records" / f"{batch}.jsonl"

    def _outcomes(self, batch: str) -> AnyPath:
        return self.root / "outcomes" / f"{batch}.jsonl"

    def _write_batch(self, index: int, chunk: list[Document]) -> str:
        name = f"{index:05d}"
        self._write_lines(f"found/{name}.jsonl", chunk)
        return name

    def _parts(self, folder: str, batch: str | None) -> list[AnyPath]:
        if batch:
            return [self.root / folder / f"{batch}.jsonl"]
        return sorted_paths((self.root / folder).glob("*.jsonl"))

    def _write(self, name: str, value: BaseModel) -> None:
        write_atomic(self.root / name, value.model_dump_json().encode())

    def _write_lines(self, name: str, values: Iterable[BaseModel]) -> None:
        with open_atomic(self.root / name) as stream:
            for value in values:
                stream.write(_line(value))


def _line(value: BaseModel) -> bytes:
    return value.model_dump_json().encode() + b"\n"


def _read_lines(path: AnyPath, kind: type[T]) -> Iterator[T]:
    with contextlib.suppress(FileNotFoundError), path.open("rb") as stream:
        for line in stream:
            yield kind.model_validate_json(line)
