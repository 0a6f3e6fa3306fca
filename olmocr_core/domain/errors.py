"""The error tree: each class says what must happen next, and carries the exit code of the command line.

OlmocrError
  RunError          stop the run                                 exit 1
    UsageError        the command line or the settings are wrong   exit 2
    StoreRefused      the object store says no: credentials, rights, a bucket that is not there
  SliceError        fail this slice; the orchestrator retries it exit 1
    EngineUnavailable the engine does not answer
    StoreUnavailable  the object store does not answer
  DocumentError     fail this document, go on with the others    exit 1
    UnreadableDocument, EncryptedDocument, TooManyPages, DocumentChanged
  PageError         fail or fall back on this page, go on        exit 1
    PageTimeout, PageTooLarge, OutOfMemory, WorkerDied, RenderFailed, RequestRejected, NotRecorded
"""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar


class FailureScope(StrEnum):
    """How far a failure reaches."""

    RUN = "run"
    SLICE = "slice"
    DOCUMENT = "document"
    PAGE = "page"


class OlmocrError(Exception):
    """Base of every error that the project raises on purpose; its text is written for the person who reads it."""

    scope: ClassVar[FailureScope] = FailureScope.RUN
    exit_code: ClassVar[int] = 1

    @property
    def code(self) -> str:
        """A stable name for records and reports, for example ``page_timeout``."""
        name = type(self).__name__
        return "".join("_" + c.lower() if c.isupper() and i else c.lower() for i, c in enumerate(name))


class RunError(OlmocrError):
    """Nothing sensible can follow: the run stops."""


class UsageError(RunError):
    """The command line, a source or a setting is wrong."""

    exit_code: ClassVar[int] = 2


class NothingFound(UsageError):
    """A source holds no document now: a mistake on a command line, an ordinary night for an inbox."""


class StoreRefused(RunError):
    """The object store was reached and says no: wrong or no credentials, no right to do this, no such bucket."""


class SliceError(OlmocrError):
    """This slice failed for a reason that may pass; finished pages are in the cache, so a retry is cheap."""

    scope: ClassVar[FailureScope] = FailureScope.SLICE


class EngineUnavailable(SliceError):
    """The engine refused, reset, timed out or answered 5xx or 429; ``retry_after`` is what it asked for, in seconds."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class StoreUnavailable(SliceError):
    """The object store cannot be reached, or answers 5xx or SlowDown after all attempts at one request."""


class DocumentError(OlmocrError):
    """This document cannot be read; the others go on."""

    scope: ClassVar[FailureScope] = FailureScope.DOCUMENT


class UnreadableDocument(DocumentError):
    """The bytes are not a PDF or image that can be opened."""


class EncryptedDocument(DocumentError):
    """The document needs a password that was not given."""


class TooManyPages(DocumentError):
    """The document has more pages than ``limits.max_pages``."""


class DocumentChanged(DocumentError):
    """The file changed between discovery and reading."""


class PageError(OlmocrError):
    """This page cannot be read this way; the document goes on."""

    scope: ClassVar[FailureScope] = FailureScope.PAGE


class PageTimeout(PageError):
    """The page took longer than ``limits.page_seconds``; its worker was ended."""


class PageTooLarge(PageError):
    """The page would need more pixels than ``limits.page_megapixels``."""


class OutOfMemory(PageError):
    """The page needed more memory than ``limits.worker_memory_mb``."""


class WorkerDied(PageError):
    """The worker process died while it worked on this page."""


class RenderFailed(PageError):
    """No renderer could draw the page."""


class RequestRejected(PageError):
    """The engine rejected the request itself (a 4xx other than 429): asking again would not help."""


class NotRecorded(PageError):
    """The engine ``replay`` was asked for an answer that its recording does not hold."""


_BY_CODE: dict[str, type[OlmocrError]] = {}


def _register(cls: type[OlmocrError]) -> None:
    for sub in cls.__subclasses__():
        _BY_CODE[sub("").code] = sub
        _register(sub)


_register(OlmocrError)


def error_from_code(code: str, message: str) -> OlmocrError:
    """Rebuild an error that crossed a process boundary as ``(code, message)``; an unknown code becomes RunError."""
    return _BY_CODE.get(code, RunError)(message)
