"""How a worker comes to the file of a document: it is fetched, waited for, and looked at anew where it was touched."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

from olmocr_core.domain.errors import DocumentChanged, DocumentError, DocumentUnavailable, PageError
from olmocr_core.domain.identity import document_id
from olmocr_core.domain.models import Document, PageRef
from olmocr_core.domain.patience import Patience
from olmocr_core.storage.fetch import Fetcher
from olmocr_core.storage.os_errors import raise_fault

_log = logging.getLogger(__name__)
_Result = TypeVar("_Result")
_Args = tuple[Any, ...]
_Version = tuple[str, int, int]
# Many pages of one damaged document fail one after the other: its bytes are compared that often, not for each page.
_COMPARE_SECONDS = 5.0


class SourceAccess:
    """Runs work on documents and pages: what the world does to their files is waited for, and never a verdict.

    ``sleep`` waits for some seconds; ``clock`` tells seconds.
    """

    def __init__(
        self,
        fetcher: Fetcher | None,
        patience: Patience,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fetcher = fetcher
        self._patience = patience
        self._sleep = sleep
        self._clock = clock
        self._touched: dict[_Version, tuple[int, int]] = {}
        self._compared: dict[_Version, float] = {}

    async def run(self, args: _Args, work: Callable[[_Args], Awaitable[_Result]]) -> _Result:
        """Call ``work`` with ``args``, in which every document and page has a local file, until the world lets it end.

        Raises DocumentUnavailable when that took too long, and what ``work`` raises about the bytes of the document.
        """
        refs = [arg for arg in args if isinstance(arg, Document | PageRef)]
        if not refs:
            return await work(args)
        key, tries, waited = refs[0].doc_id, 0, 0.0
        while True:
            try:
                result = await self._try(args, work)
            except DocumentUnavailable as fault:
                tries += 1
                wait = self._patience.next_wait(key, tries, waited)
                if wait is None:
                    raise
                _log.info("%s; next try in %.1f s", fault, wait)
                waited += wait
                await self._sleep(wait)
            else:
                if tries:
                    self._patience.came_back(key)
                return result

    async def _try(self, args: _Args, work: Callable[[_Args], Awaitable[_Result]]) -> _Result:
        # Workers have neither credentials nor network: remote files are fetched here, in one place, so that no caller
        # can forget to.
        here = tuple([await self._locate(arg) if isinstance(arg, Document | PageRef) else arg for arg in args])
        try:
            return await work(here)
        except DocumentChanged:
            again = tuple([await asyncio.to_thread(self._renew, arg) for arg in here])
            if again == here:
                raise
            return await work(again)
        except (PageError, DocumentError):
            for before, arg in zip(args, here, strict=True):
                await asyncio.to_thread(self._check_bytes, before, arg)
            raise

    async def _locate(self, ref: Document | PageRef) -> Document | PageRef:
        here = await self._fetcher.fetch_async(ref) if self._fetcher else ref
        size, time_ns = self._touched.get(_version(here), (here.size_bytes, here.mtime_ns))
        return here.model_copy(update={"size_bytes": size, "mtime_ns": time_ns})

    def _renew(self, arg: Any) -> Any:
        """The same document with the file's present size and time, if it holds the same bytes: it was only touched."""
        if not isinstance(arg, Document | PageRef):
            return arg
        found, doc_id = _read(arg)
        if doc_id != arg.doc_id:
            return arg
        self._touched = {key: found if kept == _version(arg)[1:] else kept for key, kept in self._touched.items()}
        self._touched[_version(arg)] = found
        return arg.model_copy(update={"size_bytes": found[0], "mtime_ns": found[1]})

    def _check_bytes(self, before: Any, arg: Any) -> None:
        """Believe what was found of a document only if its file still holds the document's bytes.

        Raises SourceAway and DocumentChanged.
        """
        if not isinstance(arg, Document | PageRef):
            return
        version, now = _version(arg), self._clock()
        if now - self._compared.get(version, float("-inf")) < _COMPARE_SECONDS and _is_there(arg):
            return
        if _read(arg)[1] != arg.doc_id:
            if self._fetcher and before.location != arg.location:
                self._fetcher.scratch.drop(arg.doc_id)
            raise DocumentChanged(f"{Path(arg.location).name}: the file has changed since the run found it")
        self._compared[version] = now


def _version(ref: Document | PageRef) -> _Version:
    return ref.location, ref.size_bytes, ref.mtime_ns


def _is_there(ref: Document | PageRef) -> bool:
    try:
        found = Path(ref.location).stat()
    except OSError:
        return False
    return (found.st_size, found.st_mtime_ns) == (ref.size_bytes, ref.mtime_ns)


def _read(ref: Document | PageRef) -> tuple[tuple[int, int], str]:
    """Size and time of the file, and the id of the document in it. Raises SourceAway."""
    path = Path(ref.location)
    try:
        found = path.stat()
        with path.open("rb") as stream:
            return (found.st_size, found.st_mtime_ns), document_id(stream)
    except OSError as error:
        raise_fault(error, ref.location)
        raise
