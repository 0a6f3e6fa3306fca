"""A world of sources without files: what they hold is told outright, and the records of documents are made up.

Comparing, merging, publishing and the ledger are the real ones.
"""

from __future__ import annotations

import gzip
import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from olmocr_core.documents.assembly import join_pages
from olmocr_core.domain.identity import bytes_digest
from olmocr_core.domain.models import DocumentRecord, Source
from olmocr_core.domain.settings import Publish
from olmocr_core.ledger.diff import Again, Identified, IdentifiedItem, Renewal, SourceChange, diff_sources
from olmocr_core.ledger.file import local_copy, open_ledger
from olmocr_core.ledger.listing import read_listing, write_listing
from olmocr_core.ledger.rows import Row
from olmocr_core.ledger.sources_state import SourceCounts, SourcesFiles, SourcesState
from olmocr_core.publish import PublishContext, read_manifest
from olmocr_core.publish.publish_run import FinishedRun, publish_run
from olmocr_core.sources.listing import Listed
from olmocr_core.storage.paths import AnyPath
from olmocr_core.storage.runs import RunFolder
from tests.core.publish.records import page

Contents = Mapping[str, str]
"""What lies at each URI: ``a1`` and ``a2`` are documents of other bytes with one text; ``bad`` cannot be opened,
``held`` is held back, ``skip`` is no document. A ``~`` and anything after it changes the file's time and not its bytes.
"""


def plain(content: str) -> str:
    """The content without its time."""
    return content.partition("~")[0]


def doc_id(content: str) -> str:
    """The identity of a document of this content; empty for what is none."""
    return "" if plain(content) in ("bad", "skip") else bytes_digest(plain(content).encode())


def text_of(content: str) -> str:
    """The text of a document; its first letter decides."""
    return f"The text of {plain(content)[0]}. " * 20


def record(content: str, uri: str) -> DocumentRecord:
    """What reading a document comes to."""
    kind = plain(content)
    held = kind.startswith("held")
    text, spans = join_pages(["" if kind == "bad" else text_of(content)])
    return DocumentRecord(
        doc_id=doc_id(content),
        sources=(Source(uri=uri, name=name_of(uri)),),
        kind=None if kind == "bad" else "pdf",
        status="failed" if kind == "bad" else "held_back" if held else "kept",
        reasons=("it is bad",) if kind == "bad" else ("too short",) if held else (),
        text=text,
        spans=spans,
        pages=() if kind == "bad" else (page(1),),
        page_count=0 if kind == "bad" else 1,
    )


def name_of(uri: str) -> str:
    """The name that a source has below its root."""
    return uri.rpartition("/")[2] + ".pdf"


class World:
    """A workspace, and the nights that it has seen."""

    def __init__(
        self, root: AnyPath, per_file: int = 3, formats: Sequence[str] = ("dolma", "parquet", "markdown")
    ) -> None:
        self.root = root
        self.settings = Publish.model_validate({"documents_per_file": per_file, "formats": formats})
        self.nights = 0
        self.read: list[str] = []

    @property
    def dataset(self) -> AnyPath:
        return self.root / "dataset"

    def prepare(
        self,
        contents: Contents,
        roots: Sequence[str],
        again: Again = "none",
        recipe: str = "r",
        *,
        on_new_recipe: bool = False,
        replace: bool = False,
    ) -> FinishedRun:
        """A night up to its publishing; ``read`` are then the URIs that it looked into."""
        self.nights += 1
        now = f"2026-11-{self.nights:02d}T01:00:00.000+00:00"
        folder = RunFolder(self.root / "runs" / f"n{self.nights}")
        files = SourcesFiles(folder.root)
        entries = (_listed(uri, contents[uri]) for uri in contents if uri.startswith(tuple(roots)))
        write_listing(files.listed, entries, Path(tempfile.gettempdir()))
        plan = SourcesState(
            listed=now,
            listing=self.nights,
            specs=tuple(roots),
            recipe=recipe,
            counts=SourceCounts(),
            again=again,
            replace=replace,
        )
        renewal = Renewal(again, recipe, on_new_recipe)
        with open_ledger(self.root / "ledger") as ledger, local_copy(files.listed) as listed:
            assert listed is not None
            compared = list(diff_sources(ledger.rows(), read_listing(listed), plan.scope.covers, renewal.wants))
            known = {row.doc_id for row in ledger.rows() if row.part is not None and not renewal.is_stale(row)}
        wanted = [one.uri for one in compared if one.kind in ("new", "changed", "again")]
        self.read, self.compared = wanted, compared
        files.write_identified(_identified(uri, contents[uri]) for uri in wanted)
        fresh = {doc_id(contents[uri]): uri for uri in reversed(wanted) if doc_id(contents[uri])}
        touched = [uri for uri in wanted if fresh.get(doc_id(contents[uri])) == uri]
        folder.write_records(
            "00000",
            [record(contents[uri], uri) for uri in sorted(touched) if doc_id(contents[uri]) not in known],
        )
        files.write_state(plan)
        return self.prepared(f"n{self.nights}")

    def prepared(self, run: str) -> FinishedRun:
        """A night that was prepared."""
        folder = RunFolder(self.root / "runs" / run)
        files = SourcesFiles(folder.root)
        bad = [one.uri for one in files.identified() if one.items[0].outcome == "failed"]
        unread = tuple(record("bad", uri) for uri in bad)
        created = files.state().listed
        context = PublishContext(workspace=self.root, run=run, created=created, engines=("e",), version="1")
        return FinishedRun(folder, self.root / "ledger", context, self.settings, unread)

    def night(self, contents: Contents, roots: Sequence[str] = ("/in",), **how: Any) -> list[SourceChange]:
        """A whole night; what each URI was comes back."""
        publish_run(self.prepare(contents, roots, **how))
        return self.compared

    def rows(self) -> dict[str, Row]:
        """The ledger by source."""
        with open_ledger(self.root / "ledger") as found:
            return {row.source: row for row in found.rows()}

    def parts(self) -> list[int]:
        """How many records each part holds."""
        with open_ledger(self.root / "ledger") as found:
            return [part.records for part in found.head.parts]

    def dolma(self) -> list[dict[str, Any]]:
        """The Dolma records that the manifest names."""
        found = self.files("dolma/").values()
        return [json.loads(line) for data in found for line in gzip.decompress(data).splitlines()]

    def files(self, folder: str = "") -> dict[str, bytes]:
        """The files that the manifest names."""
        manifest = read_manifest(self.dataset)
        named = manifest.files if manifest else ()
        return {file.path: (self.dataset / file.path).read_bytes() for file in named if file.path.startswith(folder)}


def _listed(uri: str, content: str) -> Listed:
    return Listed(uri=uri, name=name_of(uri), size=len(plain(content)), version=content)


def _identified(uri: str, content: str) -> Identified:
    outcome = {"bad": "failed", "skip": "skipped"}.get(plain(content), "")
    item = IdentifiedItem.model_validate(
        {"source": uri, "name": name_of(uri), "doc_id": doc_id(content), "outcome": outcome}
    )
    return Identified(uri=uri, size=len(plain(content)), version=content, items=(item,))
