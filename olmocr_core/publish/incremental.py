"""The dataset of nights: the parts that a night touches are written anew, all others keep their files."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from olmocr_core.documents.counts import DocumentCounts
from olmocr_core.domain.errors import RunError
from olmocr_core.domain.models import DocumentRecord
from olmocr_core.domain.settings import Publish
from olmocr_core.ledger.changes import Effects
from olmocr_core.ledger.rows import Head, Part
from olmocr_core.ledger.stored import Stored, final, read_stored, record_key
from olmocr_core.publish.commit import commit
from olmocr_core.publish.context import SOURCE, PublishContext
from olmocr_core.publish.dataset import check_record
from olmocr_core.publish.manifest import Manifest, PublishedFile, count_problems
from olmocr_core.publish.markdown import FOLDER as MARKDOWN
from olmocr_core.publish.markdown import MarkdownWriter
from olmocr_core.publish.part_writer import PartsWriter
from olmocr_core.publish.remote import settle
from olmocr_core.storage.paths import AnyPath, is_object_path


@dataclass(frozen=True)
class Rebuild:
    """What becomes of a dataset: ``records`` are the night's, ``dirty`` the parts whose records are carried over.

    ``before`` are the files of the manifest that the kept parts belong to, by path.
    """

    ledger: AnyPath
    context: PublishContext
    settings: Publish
    effects: Effects
    records: Iterable[DocumentRecord]
    fresh: frozenset[str]
    kept: tuple[Part, ...]
    dirty: tuple[Part, ...]
    before: Mapping[str, PublishedFile]


@dataclass(frozen=True)
class Rebuilt:
    """The parts that there are now, and where the records in the new ones lie; as ``Outcome`` has it."""

    parts: tuple[Part, ...]
    next_number: int
    placed: Mapping[str, tuple[int, str]]
    paths: Mapping[str, str]


def rebuild(work: Rebuild, head: Head, old: Manifest | None, pending: Path) -> Rebuilt:
    """Write new parts and commit a manifest of them and the kept ones. Raises RunError, with nothing changed."""
    left = _markdown_left(work)
    with contextlib.ExitStack() as opened:
        parts = PartsWriter(pending, work.ledger, work.context, work.settings, head.next_number)
        opened.callback(parts.close)
        texts = _markdown_writer(work, left, pending)
        if texts:
            opened.callback(texts.close)
        try:
            _write(work, parts, texts)
            parts.finish()
            new = [*parts.files, *(texts.finish() if texts else ())]
        except (OSError, ValueError) as error:
            raise RunError(f"the dataset {work.context.dataset} cannot be written: {error}") from error
    together = (*work.kept, *parts.parts)
    files = [*(work.before[path] for part in work.kept for path in part.files), *left, *new]
    manifest, renamed = _settled(_manifest(work.context, together, files), old, work.context.dataset, pending)
    for line in count_problems(manifest):
        raise RunError(f"the dataset was not published: {line}")
    commit(work.context.dataset, manifest, pending)
    paths = {uri: renamed.get(path, path) for uri, path in texts.paths.items()} if texts else {}
    return Rebuilt(together, parts.next_number, parts.placed, paths)


def told(records: Iterable[DocumentRecord], effects: Effects) -> Iterator[DocumentRecord]:
    """The night's records as they ended."""
    for record in records:
        key = record_key(record)
        placed = record.model_copy(update={"sources": effects.sources[key]})
        yield final(placed, *(effects.originals.get(key) or (None, None)))


def _write(work: Rebuild, parts: PartsWriter, texts: MarkdownWriter | None) -> None:
    seen: set[str] = set()
    for stored, record, is_new in _stream(work):
        check_record(record, seen)
        parts.add(stored, record)
        if texts and is_new:
            texts.add(record)


def _stream(work: Rebuild) -> Iterator[tuple[Stored, DocumentRecord, bool]]:
    """The records of the new parts: as kept, as published, and whether their Markdown is written, too."""
    effects = work.effects
    for part in work.dirty:
        for stored in read_stored(work.ledger, part.state):
            record = DocumentRecord.model_validate_json(stored.record)
            key = record_key(record)
            if key in effects.gone or key in work.fresh:
                continue
            is_moved = key in effects.resourced
            if is_moved:
                record = record.model_copy(update={"sources": effects.sources[key]})
                stored = stored._replace(record=record.model_dump_json())
            if key in effects.originals:
                stored = _pointed(stored, effects.originals[key])
            yield stored, final(record, stored.original, stored.original_name), is_moved
    context = work.context
    engine = str(context.engines[0]) if context.engines else ""
    for record in work.records:
        key = record_key(record)
        record = record.model_copy(update={"sources": effects.sources[key]})
        raw = record.model_dump_json()
        fresh = Stored(record.doc_id, raw, None, None, context.created, context.version, engine)
        stored = _pointed(fresh, effects.originals.get(key))
        yield stored, final(record, stored.original, stored.original_name), True


def _pointed(stored: Stored, original: tuple[str, str] | None) -> Stored:
    doc_id, name = original or (None, None)
    return stored._replace(original=doc_id, original_name=name)


def _markdown_left(work: Rebuild) -> list[PublishedFile]:
    """The files of documents that stay as they are."""
    if "markdown" not in work.settings.formats:
        return []
    released = set(work.effects.released.values())
    return [file for path, file in work.before.items() if path.startswith(f"{MARKDOWN}/") and path not in released]


def _markdown_writer(work: Rebuild, left: list[PublishedFile], pending: Path) -> MarkdownWriter | None:
    if "markdown" not in work.settings.formats:
        return None
    taken = {name for file in left for name in (_below(file.path), _plain(file.path, work.before))}
    known = {source: _plain(path, work.before) for source, path in work.effects.released.items()}
    return MarkdownWriter(pending, work.context.dataset, taken, known)


def _below(path: str) -> str:
    return path.removeprefix(f"{MARKDOWN}/")


def _plain(path: str, before: Mapping[str, PublishedFile]) -> str:
    """The path of a Markdown file without the digest that it got in a store when its text changed."""
    file = before.get(path)
    mark = f".{file.sha256[:16]}.md" if file else ""
    return _below(path.removesuffix(mark) + ".md" if mark and path.endswith(mark) else path)


def _settled(
    manifest: Manifest, old: Manifest | None, dataset: AnyPath, pending: Path
) -> tuple[Manifest, dict[str, str]]:
    """The manifest as it will stand in a store, where nothing is overwritten that the old one names; new names by old."""
    if not is_object_path(dataset):
        return manifest, {}
    settled, staged = settle(manifest, old)
    renamed = {path: name for name, path in staged.items() if name != path}
    for path, name in renamed.items():
        if (pending / path).is_file():
            (pending / path).rename(pending / name)
    return settled, renamed


def _manifest(context: PublishContext, parts: Iterable[Part], files: list[PublishedFile]) -> Manifest:
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
