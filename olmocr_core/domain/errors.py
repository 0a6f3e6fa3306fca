"""The error tree: each class says what happens next, and has an exit code for the command line.

The tree::

    OlmocrError
      RunError          stop the run                                   exit 1
        UsageError        the command line or the settings are wrong     exit 2
        StoreRefused      the object store refuses: credentials, permissions, a missing bucket
      SliceError        fail this slice; the orchestrator retries it   exit 1
        EngineUnavailable the engine does not answer
        StoreUnavailable  the object store does not answer
        DiskFull          there is no room to write
        DocumentUnavailable  wait for it; if that does not help, the document fails and the next run tries it again
          SourceAway, SourceChanging, DocumentChanged, MachineFault
      DocumentError     fail this document, continue with the others   exit 1
        UnreadableDocument, EncryptedDocument, TooManyPages
      PageError         fail this page or fall back, continue          exit 1
        PageTimeout, PageTooLarge, OutOfMemory, WorkerDied, RenderFailed, DamagedImage, RequestRejected,
        ServerFault, NotRecorded

A DocumentError and a PageError depend on the bytes of the document and on the recipe alone: they would come again, so that
they are kept. A SliceError depends on the world, and never becomes the verdict on a page.
"""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar


class FailureScope(StrEnum):
    """What a failure ends."""

    RUN = "run"
    SLICE = "slice"
    DOCUMENT = "document"
    PAGE = "page"


class OlmocrError(Exception):
    """Base of all errors of this project. Messages are for people."""

    scope: ClassVar[FailureScope] = FailureScope.RUN
    exit_code: ClassVar[int] = 1

    @property
    def code(self) -> str:
        """The stable name in records and reports, for example ``page_timeout``."""
        name = type(self).__name__
        return "".join("_" + c.lower() if c.isupper() and i else c.lower() for i, c in enumerate(name))


class RunError(OlmocrError):
    """The run cannot continue and stops."""


class UsageError(RunError):
    """The command line, a source or a setting is wrong."""

    exit_code: ClassVar[int] = 2


class NothingFound(UsageError):
    """A source holds no document: an error on the command line, but not in a nightly run over an inbox."""


class StoreRefused(RunError):
    """The object store refuses: no or wrong credentials, missing permissions, or no such bucket."""


class SliceError(OlmocrError):
    """This slice failed for a reason that may be temporary; finished pages are cached, so a retry is cheap."""

    scope: ClassVar[FailureScope] = FailureScope.SLICE


class EngineUnavailable(SliceError):
    """The engine refused or reset the connection, timed out, or answered 5xx or 429 (``retry_after`` in seconds)."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class StoreUnavailable(SliceError):
    """The object store cannot be reached, or still answers 5xx or SlowDown after all attempts."""


class DiskFull(SliceError):
    """There is no room to write; what was written before is kept."""


class DocumentUnavailable(SliceError):
    """The document cannot be read now, for a reason outside of its bytes; the others continue."""


class SourceAway(DocumentUnavailable):
    """The file or object is gone, or cannot be opened or read."""


class SourceChanging(DocumentUnavailable):
    """The file changed, or went away, while it was read: what was read belongs to no document."""


class DocumentChanged(DocumentUnavailable):
    """The file holds other bytes than those that were found in it."""


class MachineFault(DocumentUnavailable):
    """The machine got in the way: it killed workers, kept them from running, or lacked what a process needs."""


class DocumentError(OlmocrError):
    """This document cannot be read; the others continue."""

    scope: ClassVar[FailureScope] = FailureScope.DOCUMENT


class UnreadableDocument(DocumentError):
    """The file is not a PDF or image that can be opened."""


class EncryptedDocument(DocumentError):
    """The document needs a password that is not in ``password_file``."""


class TooManyPages(DocumentError):
    """The document has more pages than ``limits.max_pages``."""


class PageError(OlmocrError):
    """This page cannot be read; the document continues."""

    scope: ClassVar[FailureScope] = FailureScope.PAGE


class PageTimeout(PageError):
    """The page took longer than ``limits.page_seconds``; its worker was ended."""


class PageTooLarge(PageError):
    """The page needs more pixels than ``limits.page_megapixels``."""


class OutOfMemory(PageError):
    """The page needed more memory than ``limits.worker_memory_mb``."""


class WorkerDied(PageError):
    """The worker process died on this page."""


class RenderFailed(PageError):
    """No renderer could render the page."""


class DamagedImage(PageError):
    """The page shows an image whose data is damaged, and nothing else that can be read."""


class RequestRejected(PageError):
    """The engine rejected the request (a 4xx other than 429): repeating it would not help."""


class ServerFault(PageError):
    """The model server fails on this page again and again, and answers others."""


class NotRecorded(PageError):
    """The recording of the engine ``replay`` does not hold this answer."""


_BY_CODE: dict[str, type[OlmocrError]] = {}


def _register(cls: type[OlmocrError]) -> None:
    for sub in cls.__subclasses__():
        _BY_CODE[sub("").code] = sub
        _register(sub)


_register(OlmocrError)


def error_from_code(code: str, message: str) -> OlmocrError:
    """Rebuild an error from its code and message; an unknown code becomes RunError."""
    return _BY_CODE.get(code, RunError)(message)


def may_pass(code: str) -> bool:
    """Whether a later try may end otherwise with the same bytes and the same settings: nothing may rely on such an error."""
    return issubclass(_BY_CODE.get(code, PageError), SliceError)
