"""Fetch a document from an object store to a local file that a worker can open."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar, cast
from weakref import WeakValueDictionary

from olmocr_core.domain.errors import DocumentChanged, SourceAway, StoreRefused
from olmocr_core.domain.identity import document_id
from olmocr_core.domain.models import Document, PageRef
from olmocr_core.domain.settings import Storage
from olmocr_core.storage.objects import ObjectInfo, ObjectStore, get_store
from olmocr_core.storage.paths import AnyPath, is_object_path, is_remote_uri, split_uri
from olmocr_core.storage.scratch import ScratchFolder, open_scratch

R = TypeVar("R", bound=Document | PageRef)


class Fetcher:
    """Fetches from source stores and from the workspace's ``inputs``; keeps the copies in the scratch folder."""

    def __init__(self, settings: Storage, inputs: AnyPath, scratch: ScratchFolder | None = None) -> None:
        self.settings = settings
        self.scratch = scratch or open_scratch(settings)
        self._inputs = inputs
        self._fetching: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def find_store(self, uri: str) -> ObjectStore:
        """Return the store of an ``s3://`` URI, with the settings of the workspace or of the sources."""
        inputs = self._inputs
        if is_object_path(inputs) and uri.startswith(f"{inputs}/"):
            return inputs.store
        return get_store(self.settings.source)

    def read_head(self, uri: str, size: int) -> bytes:
        """Read the first ``size`` bytes of an object. Raises FileNotFoundError."""
        return self.find_store(uri).read(*split_uri(uri), first=size)

    @contextlib.contextmanager
    def download(self, uri: str) -> Iterator[tuple[Path, str, ObjectInfo]]:
        """Download an object; yield its path (valid within the block), sha256 and info. Raises FileNotFoundError."""
        with self.scratch.incoming() as (path, stream):
            info = self.find_store(uri).download(*split_uri(uri), stream)
            stream.seek(0)
            yield path, document_id(stream), info

    async def fetch_async(self, ref: R) -> R:
        """Return the same document or page with a local location; fetch its bytes if necessary.

        Raises DocumentChanged if the object was changed since it was listed, SourceAway if it was deleted or the store does
        not give it, and DiskFull.
        """
        if not is_remote_uri(ref.location):
            return ref
        lock = self._fetching.setdefault(ref.doc_id, asyncio.Lock())
        async with lock:
            return await asyncio.to_thread(self.fetch, ref)

    def fetch(self, ref: R) -> R:
        """Do the same in the calling thread."""
        if not is_remote_uri(ref.location):
            return ref
        path = self.scratch.get(ref.doc_id, ref.size_bytes) or self._download(ref)
        here = {"location": str(path), "mtime_ns": path.stat().st_mtime_ns}
        return cast(R, ref.model_copy(update=here))

    def _download(self, ref: Document | PageRef) -> Path:
        try:
            with self.download(ref.location) as (path, doc_id, _):
                if doc_id != ref.doc_id:
                    raise DocumentChanged(
                        f"{ref.location} has changed since it was listed; run again to read the new one"
                    )
                return self.scratch.keep(path, doc_id)
        except FileNotFoundError as error:
            raise SourceAway(f"{ref.location} was deleted since it was listed") from error
        except StoreRefused as error:
            # Listing was allowed, so that only this document is affected.
            raise SourceAway(str(error)) from error
