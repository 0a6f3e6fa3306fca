"""Incremental publishing: parts that a run changes are rewritten, all others keep their files.

Documents stand in the order of the URI of their first source: a part that is rewritten takes in new documents, and those
whose file was moved, at their place.
"""

from __future__ import annotations

import contextlib
import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import pyarrow as pa

from olmocr_core.documents.counts import DocumentCounts
from olmocr_core.domain.errors import RunError
from olmocr_core.domain.models import DocumentRecord
from olmocr_core.domain.settings import Publish
from olmocr_core.ledger.changes import DatasetChanges
from olmocr_core.ledger.rows import Head, Part
from olmocr_core.ledger.sorting import Sorter
from olmocr_core.ledger.stored import SCHEMA, Stored, read_stored, to_published
from olmocr_core.publish.check_record import check_record
from olmocr_core.publish.commit import commit
from olmocr_core.publish.context import SOURCE, PublishContext
from olmocr_core.publish.formats import SourceWriter, source_format
from olmocr_core.publish.manifest import Manifest, PublishedFile, count_problems
from olmocr_core.publish.part_writer import PartsWriter
from olmocr_core.publish.remote import resolve_names
from olmocr_core.storage.full_disk import explain_full_disk
from olmocr_core.storage.paths import AnyPath, is_object_path

# At most this many parts are merged by URI; each is an open file. More are read one after the other.
_MOST_STREAMS = 32
# Records that are sorted at once: they hold texts.
_MOVED_ROWS = 64
_MOVED = pa.schema([pa.field("uri", pa.string()), *SCHEMA])


@dataclass(frozen=True)
class RebuildPlan:
    """How to rebuild a dataset: ``records`` of the run in the order of URIs, ``kept`` parts, ``dirty`` parts to rewrite.

    ``has_relocated``: some records have another first source than the one that was read. ``before`` maps paths to the
    files of the old manifest.
    """

    ledger: AnyPath
    context: PublishContext
    settings: Publish
    changes: DatasetChanges
    records: Callable[[], Iterable[DocumentRecord]]
    fresh: frozenset[str]
    has_relocated: bool
    kept: tuple[Part, ...]
    dirty: tuple[Part, ...]
    before: Mapping[str, PublishedFile]


@dataclass(frozen=True)
class RebuildResult:
    """All parts after a rebuild, and the places of the records in new ones, as in ``NextRows``."""

    parts: tuple[Part, ...]
    next_number: int
    placed: Mapping[str, tuple[int, str]]
    paths: Mapping[str, str]


class _Entry(NamedTuple):
    """A record of a new part, sorted by ``uri``, as it is kept and as it is published.

    ``is_new``: its Markdown files are written. ``is_elsewhere``: its first source is another than
    before, or than the one that was read.
    """

    uri: str
    stored: Stored
    record: DocumentRecord
    is_new: bool
    is_elsewhere: bool = False


def rebuild_dataset(plan: RebuildPlan, head: Head, old: Manifest | None, pending: Path) -> RebuildResult:
    """Write new parts and commit them with the kept ones. Raises RunError, and then changes nothing."""
    left = _keep_source_files(plan)
    # Without kept parts, numbers start at 0: the same documents give files with the same names.
    first = head.next_number if plan.kept else 0
    with contextlib.ExitStack() as opened:
        parts = PartsWriter(pending, plan.ledger, plan.context, plan.settings, first)
        moved = opened.enter_context(Sorter(_MOVED, pending, chunk_rows=_MOVED_ROWS))
        opened.callback(parts.close)
        texts = _open_source_writer(plan, left, pending)
        if texts:
            opened.callback(texts.close)
        try:
            with explain_full_disk(plan.context.dataset):
                _write(plan, parts, texts, moved)
                parts.finish()
                new = [*parts.files, *(texts.finish() if texts else ())]
        except (OSError, ValueError) as error:
            raise RunError(f"the dataset {plan.context.dataset} cannot be written: {error}") from error
    together = (*plan.kept, *parts.parts)
    files = [*(plan.before[path] for part in plan.kept for path in part.files), *left, *new]
    manifest, renamed = _resolve_store_names(
        _build_manifest(plan.context, together, files), old, plan.context.dataset, pending
    )
    for line in count_problems(manifest):
        raise RunError(f"the dataset was not published: {line}")
    commit(plan.context.dataset, manifest, pending)
    paths = {uri: renamed.get(path, path) for uri, path in texts.paths.items()} if texts else {}
    return RebuildResult(together, parts.next_number, parts.placed, paths)


def _write(plan: RebuildPlan, parts: PartsWriter, texts: SourceWriter | None, moved: Sorter) -> None:
    seen: set[str] = set()
    for entry in _merge_entries(plan, moved):
        check_record(entry.record, seen)
        parts.add(entry.stored, entry.record)
        if texts and entry.is_new:
            texts.add(entry.record)


def _merge_entries(plan: RebuildPlan, moved: Sorter) -> Iterator[_Entry]:
    """The records of the new parts, in the order of URIs. ``moved`` sorts those whose first source is another now."""
    reordered = [part for part in plan.dirty if part.number in plan.changes.reordered]
    for part in reordered:
        moved.add((entry.uri, *entry.stored) for entry in _carry_over(plan, part) if entry.is_elsewhere)
    if plan.has_relocated:
        moved.add((entry.uri, *entry.stored) for entry in _new_entries(plan) if entry.is_elsewhere)
    carried = [_carry_over_in_place(plan, part) for part in plan.dirty]
    if len(carried) > _MOST_STREAMS:
        carried = [chain.from_iterable(carried)]
    new = (entry for entry in _new_entries(plan) if not entry.is_elsewhere)
    return heapq.merge(*carried, _read_moved(moved), new, key=lambda entry: entry.uri)


def _carry_over_in_place(plan: RebuildPlan, part: Part) -> Iterator[_Entry]:
    entries = _carry_over(plan, part)
    if part.number not in plan.changes.reordered:
        return entries
    return (entry for entry in entries if not entry.is_elsewhere)


def _read_moved(moved: Sorter) -> Iterator[_Entry]:
    for uri, *columns in moved.rows():
        stored = Stored._make(columns)
        record = DocumentRecord.model_validate_json(stored.record)
        yield _Entry(uri, stored, to_published(record, stored.original, stored.original_name), True)


def _carry_over(plan: RebuildPlan, part: Part) -> Iterator[_Entry]:
    """The records that stay of a part that is rewritten, in their old order."""
    changes = plan.changes
    for stored in read_stored(plan.ledger, part.state):
        record = DocumentRecord.model_validate_json(stored.record)
        key, old_uri = record.key, record.sources[0].uri
        if key in changes.gone or key in plan.fresh:
            continue
        is_moved = key in changes.moved
        if is_moved:
            record = record.model_copy(update={"sources": changes.sources[key]})
            stored = stored._replace(record=record.model_dump_json())
        if key in changes.originals:
            stored = _with_original(stored, changes.originals[key])
        uri = record.sources[0].uri
        published = to_published(record, stored.original, stored.original_name)
        yield _Entry(uri, stored, published, is_moved, is_elsewhere=uri != old_uri)


def _new_entries(plan: RebuildPlan) -> Iterator[_Entry]:
    context = plan.context
    engine = str(context.engines[0]) if context.engines else ""
    for record in plan.records():
        key, read_uri = record.key, record.sources[0].uri
        record = record.model_copy(update={"sources": plan.changes.sources[key]})
        raw = Stored(record.doc_id, record.model_dump_json(), None, None, context.created, context.version, engine)
        stored = _with_original(raw, plan.changes.originals.get(key))
        uri = record.sources[0].uri
        published = to_published(record, stored.original, stored.original_name)
        yield _Entry(uri, stored, published, True, is_elsewhere=uri != read_uri)


def _with_original(stored: Stored, original: tuple[str, str] | None) -> Stored:
    doc_id, name = original or (None, None)
    return stored._replace(original=doc_id, original_name=name)


def _keep_source_files(plan: RebuildPlan) -> list[PublishedFile]:
    """The files, one a source, of documents that do not change."""
    chosen = source_format(plan.settings)
    if chosen is None:
        return []
    released = set(plan.changes.freed_markdown.values())
    prefix = f"{chosen[0]}/"
    return [file for path, file in plan.before.items() if path.startswith(prefix) and path not in released]


def _open_source_writer(plan: RebuildPlan, left: list[PublishedFile], pending: Path) -> SourceWriter | None:
    chosen = source_format(plan.settings)
    if chosen is None or chosen[1].open_sources is None:
        return None
    prefix = f"{chosen[0]}/"
    taken = {
        name.removeprefix(prefix) for file in left for name in (file.path, _without_digest(file.path, plan.before))
    }
    known = {
        source: _without_digest(path, plan.before).removeprefix(prefix)
        for source, path in plan.changes.freed_markdown.items()
    }
    return chosen[1].open_sources(pending, plan.context.dataset, taken, known)


def _without_digest(path: str, before: Mapping[str, PublishedFile]) -> str:
    """The path of a source's file without the digest that it got in a store when its text changed."""
    file, pure = before.get(path), PurePosixPath(path)
    return str(pure.with_name(pure.stem.removesuffix(f".{file.sha256[:16]}") + pure.suffix)) if file else path


def _resolve_store_names(
    manifest: Manifest, old: Manifest | None, dataset: AnyPath, pending: Path
) -> tuple[Manifest, dict[str, str]]:
    """The manifest with names that overwrite no file of the old one in a store, and the new names by old name."""
    if not is_object_path(dataset):
        return manifest, {}
    settled, staged = resolve_names(manifest, old)
    renamed = {path: name for name, path in staged.items() if name != path}
    for path, name in renamed.items():
        if (pending / path).is_file():
            (pending / path).rename(pending / name)
    return settled, renamed


def _build_manifest(context: PublishContext, parts: Iterable[Part], files: list[PublishedFile]) -> Manifest:
    counts = DocumentCounts()
    engines: set[str] = set()
    for part in parts:
        counts += part.counts
        engines.update(part.engines)
    return Manifest(
        run=context.run,
        generator=f"{SOURCE} {context.version}".strip(),
        created=context.created,
        counts=counts,
        files=tuple(sorted(files, key=lambda file: file.path)),
        engines=tuple(sorted(engines)),
        rules=dict(context.rules),
    )
