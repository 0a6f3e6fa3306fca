"""The document of a job as readers know it. Made from its bytes alone: nothing that a client sent is taken for a path."""

from __future__ import annotations

from olmocr_core.domain.errors import SourceAway
from olmocr_core.domain.models import Document, Source
from olmocr_core.pdf.file_type import HEAD_BYTES, sniff_kind
from service.jobs.data_folder import DataFolder
from service.jobs.models import Job


def describe_document(folder: DataFolder, job: Job) -> Document:
    """The document of a job. Raises SourceAway if its bytes cannot be read."""
    path = folder.document(job.document)
    try:
        found = path.stat()
        with path.open("rb") as stream:
            kind = sniff_kind(stream.read(HEAD_BYTES))
    except OSError as error:
        raise SourceAway(f"{job.filename} cannot be read from the service's folder: {error.strerror}") from error
    return Document(
        doc_id=job.document,
        kind=kind or "pdf",
        location=str(path),
        size_bytes=found.st_size,
        mtime_ns=found.st_mtime_ns,
        sources=(Source(uri=job.filename, name=job.filename),),
    )
