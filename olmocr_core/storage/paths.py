"""Paths on local disks (``pathlib.Path``) and in object stores (``ObjectPath``), with the same methods.

``ObjectPath`` has the methods of ``Path`` that this project uses; each sends only the requests that it needs. It is not
an ``os.PathLike``, so that it cannot be passed to ``os`` by mistake.
"""

from __future__ import annotations

import contextlib
import io
import re
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import IO, Any, TypeGuard

from olmocr_core.domain.errors import UsageError
from olmocr_core.domain.settings import Store
from olmocr_core.storage.objects import ObjectStore, get_store
from olmocr_core.storage.temporary_files import open_unnamed_file

_SPOOL_BYTES = 8 << 20
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{2,62}")


@dataclass(frozen=True, slots=True)
class ObjectStat:
    """The result of ``ObjectPath.stat``, with the field names of ``os.stat_result``."""

    st_size: int
    st_mtime: float
    etag: str

    @property
    def st_mtime_ns(self) -> int:
        """Nanoseconds since 1970; stores have a resolution of one second."""
        return int(self.st_mtime * 1_000_000_000)


class ObjectPath:
    """A key, or a prefix that represents a folder. ``..`` in a key has no special meaning."""

    __slots__ = ("bucket", "key", "store")

    def __init__(self, store: ObjectStore, bucket: str, key: str = "") -> None:
        self.store = store
        self.bucket = bucket
        self.key = key.strip("/")

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.key}"

    def __repr__(self) -> str:
        return f"ObjectPath({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ObjectPath) and (self.bucket, self.key) == (other.bucket, other.key)

    def __hash__(self) -> int:
        return hash((self.bucket, self.key))

    def __lt__(self, other: ObjectPath) -> bool:
        return (self.bucket, self.key) < (other.bucket, other.key)

    def __truediv__(self, part: str) -> ObjectPath:
        return self._at(f"{self.key}/{part}" if self.key else str(part))

    @property
    def name(self) -> str:
        """The last part of the key."""
        return self.key.rpartition("/")[2]

    @property
    def suffix(self) -> str:
        """The last suffix of the name, with its dot."""
        return Path(self.name).suffix

    @property
    def stem(self) -> str:
        """The name without its suffix."""
        return Path(self.name).stem

    @property
    def parent(self) -> ObjectPath:
        """The parent prefix; the root of the bucket is its own parent."""
        return self._at(self.key.rpartition("/")[0])

    @property
    def parents(self) -> tuple[ObjectPath, ...]:
        """All parents, the nearest first, the root of the bucket last."""
        found = [self.parent]
        while found[-1].key:
            found.append(found[-1].parent)
        return tuple(found)

    def with_name(self, name: str) -> ObjectPath:
        """Return the path with another name."""
        return self.parent / name

    def with_suffix(self, suffix: str) -> ObjectPath:
        """Return the path with another suffix."""
        return self.with_name(self.stem + suffix)

    def relative_to(self, other: ObjectPath) -> str:
        """Return the key relative to ``other``. Raises ValueError if it is not below ``other``."""
        prefix = f"{other.key}/" if other.key else ""
        if self.bucket != other.bucket or not self.key.startswith(prefix):
            raise ValueError(f"{self} is not below {other}")
        return self.key[len(prefix) :]

    def read_bytes(self) -> bytes:
        """Read the object in one request. Raises FileNotFoundError."""
        return self.store.read(self.bucket, self.key)

    def read_text(self, encoding: str = "utf-8") -> str:
        """Read the object as text."""
        return self.read_bytes().decode(encoding)

    def write_bytes(self, data: bytes) -> int:
        """Store bytes atomically."""
        self.store.write(self.bucket, self.key, data)
        return len(data)

    def write_text(self, text: str, encoding: str = "utf-8") -> int:
        """Store a text atomically."""
        return self.write_bytes(text.encode(encoding))

    @contextlib.contextmanager
    def open(self, mode: str = "r", encoding: str = "utf-8") -> Iterator[IO[Any]]:
        """Open a stream for a ``with`` block; written bytes are stored only if the block ends without an error."""
        with tempfile.SpooledTemporaryFile(max_size=_SPOOL_BYTES) as spool:
            if "r" in mode:
                self.store.download(self.bucket, self.key, spool)  # type: ignore[arg-type]
                spool.seek(0)
            stream: IO[Any] = spool if "b" in mode else io.TextIOWrapper(spool, encoding=encoding)
            yield stream
            if "r" not in mode:
                stream.flush()
                self._store(spool)
            if stream is not spool:
                stream.detach()  # type: ignore[attr-defined]

    def upload(self, file: Path) -> None:
        """Store a local file; a large one in parts."""
        self.store.upload(self.bucket, self.key, file)

    def stat(self) -> ObjectStat:
        """Get size, time and etag without reading the object. Raises FileNotFoundError."""
        found = self.store.head(self.bucket, self.key)
        return ObjectStat(found.size, found.modified, found.etag)

    def is_file(self) -> bool:
        """Whether an object with this key exists."""
        try:
            self.stat()
        except FileNotFoundError:
            return False
        return True

    def is_dir(self) -> bool:
        """Whether any key exists below this prefix."""
        prefix = f"{self.key}/" if self.key else ""
        return bool(self.store.call("list_objects_v2", Bucket=self.bucket, Prefix=prefix, MaxKeys=1).get("KeyCount"))

    def exists(self) -> bool:
        """Whether an object exists with this key or below it."""
        return self.is_file() or self.is_dir()

    def mkdir(self, parents: bool = False, exist_ok: bool = False) -> None:
        """Do nothing: a store has no folders."""

    def unlink(self, missing_ok: bool = False) -> None:
        """Delete the object; a missing one is never an error, whatever ``missing_ok`` says."""
        self.store.delete(self.bucket, self.key)

    def iterdir(self) -> Iterator[ObjectPath]:
        """List the objects and folders directly below, in one listing."""
        prefix = f"{self.key}/" if self.key else ""
        for page in self.store.list_pages(self.bucket, prefix, "/"):
            yield from (self._at(name.rstrip("/")) for name in page.folders)
            yield from (self._at(found.key) for found in page.objects if found.key != prefix)

    def sizes(self) -> Iterator[tuple[str, int]]:
        """List the name and size in bytes of each object directly below, in one listing."""
        prefix = f"{self.key}/" if self.key else ""
        for page in self.store.list_pages(self.bucket, prefix, "/"):
            yield from ((found.key[len(prefix) :], found.size) for found in page.objects)

    def rglob(self, pattern: str) -> Iterator[ObjectPath]:
        """List all objects below whose name matches ``pattern``, in the order of their keys."""
        prefix = f"{self.key}/" if self.key else ""
        for page in self.store.list_pages(self.bucket, prefix):
            for found in page.objects:
                if fnmatchcase(found.key.rpartition("/")[2], pattern):
                    yield self._at(found.key)

    def glob(self, pattern: str) -> Iterator[ObjectPath]:
        """List the objects directly below whose name matches ``pattern``."""
        yield from (path for path in self.iterdir() if fnmatchcase(path.name, pattern))

    def _store(self, spool: Any) -> None:
        size = spool.seek(0, io.SEEK_END)
        spool.seek(0)
        if size <= self.store.part_bytes:
            self.write_bytes(spool.read())
            return
        with open_unnamed_file() as (path, whole):
            while chunk := spool.read(1 << 20):
                whole.write(chunk)
            whole.flush()
            self.upload(path)

    def _at(self, key: str) -> ObjectPath:
        return ObjectPath(self.store, self.bucket, key)


AnyPath = Path | ObjectPath
"""A path in a workspace or a source, local or in an object store; code uses only the methods that both classes have."""


def sorted_paths(paths: Iterable[AnyPath]) -> list[AnyPath]:
    """Sort paths by name."""
    return sorted(paths, key=str)


def is_remote_uri(uri: str) -> bool:
    """Whether a URI names a key in an object store."""
    return uri.lower().startswith("s3://")


def is_object_path(path: AnyPath) -> TypeGuard[ObjectPath]:
    """Whether a path is in an object store."""
    return isinstance(path, ObjectPath)


def split_uri(uri: str) -> tuple[str, str]:
    """Split ``s3://bucket/key`` into bucket and key, unchanged. Raises UsageError for an invalid bucket name."""
    bucket, _, key = uri[len("s3://") :].partition("/")
    if not _BUCKET.fullmatch(bucket):
        raise UsageError(f"{uri}: {bucket!r} is not a valid bucket name; write s3://BUCKET/FOLDER/")
    return bucket, key


def as_path(uri: str | Path, settings: Store | None = None) -> AnyPath:
    """Turn a URI or a local path into a path; ``settings`` apply to its store. Raises UsageError for other schemes."""
    text = str(uri)
    if is_remote_uri(text):
        bucket, key = split_uri(text)
        return ObjectPath(get_store(settings or Store()), bucket, key)
    if "://" in text:
        raise UsageError(f"{text}: only local folders and s3:// are supported")
    return Path(uri)
