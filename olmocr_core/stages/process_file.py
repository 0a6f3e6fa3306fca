"""One document without an orchestrator: ``process_pdf_file`` and its async twin, for scripts and notebooks."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike

from olmocr_core.domain.models import DocumentRecord
from olmocr_core.domain.ports import Engine
from olmocr_core.domain.settings import Settings
from olmocr_core.stages.document_reader import open_reader, open_reader_sync


def process_pdf_file(
    path: str | PathLike[str],
    *,
    settings: Settings | None = None,
    workspace: str | PathLike[str] | None = None,
    passwords: Sequence[str] = (),
    engine: Engine | None = None,
) -> DocumentRecord:
    """Read one PDF or image into a document record; works with and without a running event loop.

    Each call starts processes and loads models; for several documents, ``open_reader_sync`` does so once.

    Args:
        path: The file, or ``s3://bucket/key``.
        settings: How to read it; by default the settings of profile and environment.
        workspace: Where finished pages are kept, so that a second call is instant; a temporary folder when left out.
        passwords: Tried on an encrypted document after the empty one.
        engine: The engine that reads the pages; by default the one in the settings.

    Raises UnreadableDocument if the file is missing, empty or of an unknown type, DocumentUnavailable if it can no longer
    be read or is written meanwhile, and SliceError for an engine or a store that is away: call it again. Every other
    document has a record; its ``status`` and ``reasons`` say what is wrong with it.
    """
    with open_reader_sync(settings, workspace=workspace, passwords=passwords, engine=engine) as reader:
        return reader.process(path)


async def process_pdf_file_async(
    path: str | PathLike[str],
    *,
    settings: Settings | None = None,
    workspace: str | PathLike[str] | None = None,
    passwords: Sequence[str] = (),
    engine: Engine | None = None,
) -> DocumentRecord:
    """The same as ``process_pdf_file``, for callers with an event loop; ``open_reader`` serves several documents."""
    async with open_reader(settings, workspace=workspace, passwords=passwords, engine=engine) as reader:
        return await reader.process(path)
