"""Publishing: records in, one after the other; a dataset out, all of it or none of it."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from olmocr_core.documents.counts import DocumentCounts
from olmocr_core.domain.errors import RunError
from olmocr_core.domain.models import DocumentRecord
from olmocr_core.domain.settings import Publish
from olmocr_core.publish.commit import commit, staging
from olmocr_core.publish.context import SOURCE, PublishContext
from olmocr_core.publish.dolma import DolmaWriter
from olmocr_core.publish.manifest import Manifest, PublishedFile, count_problems
from olmocr_core.publish.markdown import MarkdownWriter
from olmocr_core.publish.parts import Writer, has_text


def publish(records: Iterable[DocumentRecord], context: PublishContext, settings: Publish) -> Manifest:
    """Write the dataset of a run; documents are streamed. The same records give the same bytes, and change no file.

    Raises RunError when counts do not add up, a record is not sound, or the dataset cannot be written; what was
    published before is then untouched.
    """
    with staging(context.dataset) as pending, contextlib.ExitStack() as opened:
        writers = _writers(pending, context, settings)
        for writer in writers:
            opened.callback(writer.close)
        try:
            counts = _write(records, writers, context)
            files = tuple(file for writer in writers for file in writer.finish())
        except (OSError, ValueError) as error:
            raise RunError(f"the dataset {context.dataset} cannot be written: {error}") from error
        manifest = _manifest(counts, files, context)
        for line in count_problems(manifest):
            raise RunError(f"the dataset was not published: {line}")
        return commit(context.dataset, manifest, pending)


def _writers(pending: Path, context: PublishContext, settings: Publish) -> list[Writer]:
    writers: list[Writer] = []
    if "dolma" in settings.formats:
        writers.append(DolmaWriter(pending, context, settings))
    if "parquet" in settings.formats:
        # Arrow takes a third of a second to load, which a run without Parquet need not wait for.
        from olmocr_core.publish.tables import table_writers

        writers.extend(table_writers(pending, settings))
    if "markdown" in settings.formats:
        writers.append(MarkdownWriter(pending, context.dataset))
    return writers


def _write(records: Iterable[DocumentRecord], writers: list[Writer], context: PublishContext) -> DocumentCounts:
    statuses: Counter[str] = Counter()
    seen: set[str] = set()
    for record in records:
        check_record(record, seen)
        statuses[record.status] += 1
        for writer in writers:
            writer.add(record)
    total = statuses.total()
    if context.documents is not None and context.documents != total:
        raise RunError(f"the dataset was not published: {context.documents} documents came in, {total} have a record")
    return DocumentCounts(documents=total, **statuses)


def check_record(record: DocumentRecord, seen: set[str]) -> None:
    """Raise RunError for a record that cannot be published: a document's second one, or one with spans amiss."""
    # Files that could not be read have no identity.
    if record.doc_id and record.doc_id in seen:
        raise RunError(f"the dataset was not published: document {_name(record)} has two records")
    seen.add(record.doc_id)
    if has_text(record) and not _spans_tile(record):
        raise RunError(f"the dataset was not published: the page spans of {_name(record)} do not tile its text")


def _spans_tile(record: DocumentRecord) -> bool:
    end = 0
    for span in record.spans:
        if span.start != end or span.end < span.start:
            return False
        end = span.end
    return end == len(record.text)


def _name(record: DocumentRecord) -> str:
    return record.sources[0].uri if record.sources else record.doc_id


def _manifest(counts: DocumentCounts, files: tuple[PublishedFile, ...], context: PublishContext) -> Manifest:
    return Manifest(
        run=context.run,
        generator=f"{SOURCE} {context.version}".strip(),
        created=context.created,
        counts=counts,
        files=files,
        engines=context.engines,
        rules=dict(context.rules),
    )
