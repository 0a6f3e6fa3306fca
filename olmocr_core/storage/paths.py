"""Where things lie: a local path, or a key in an object store that is handled like one.

Local places are plain ``pathlib.Path``. ``ObjectPath`` has the methods of ``Path`` that this project uses, each at the
price of the requests that it needs and no more. It is no ``os.PathLike`` on purpose: nothing may hand it to ``os``.
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
    """What ``ObjectPath.stat`` tells, under the names that ``os.stat_result`` has."""

    st_size: int
    st_mtime: float
    etag: str

    @property
    def st_mtime_ns(self) -> int:
        """Nanoseconds since 1970; stores keep whole seconds."""
        return int(self.st_mtime * 1_000_000_000)


class ObjectPath:
    """A key, or the prefix that stands for a folder. ``a/../b`` in a key is a name like any other."""

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
        """The name's last suffix, with its dot."""
        return Path(self.name).suffix

    @property
    def stem(self) -> str:
        """The name without its suffix."""
        return Path(self.name).stem

    @property
    def parent(self) -> ObjectPath:
        """What the key lies in; the bucket's root is its own parent."""
        return self._at(self.key.rpartition("/")[0])

    @property
    def parents(self) -> tuple[ObjectPath, ...]:
        """All that it lies in, the nearest first, the bucket's root last."""
        found = [self.parent]
        while found[-1].key:
            found.append(found[-1].parent)
        return tuple(found)

    def with_name(self, name: str) -> ObjectPath:
        """The same with another name."""
        return self.parent / name

    def with_suffix(self, suffix: str) -> ObjectPath:
        """The same with another suffix."""
        return self.with_name(self.stem + suffix)

    def relative_to(self, other: ObjectPath) -> str:
        """The rest of the key below ``other``. Raises ValueError where it lies elsewhere."""
        prefix = f"{other.key}/" if other.key else ""
        if self.bucket != other.bucket or not self.key.startswith(prefix):
            raise ValueError(f"{self} does not lie in {other}")
        return self.key[len(prefix) :]

    def read_bytes(self) -> bytes:
        """All of it, in one request. Raises FileNotFoundError."""
        return self.store.read(self.bucket, self.key)

    def read_text(self, encoding: str = "utf-8") -> str:
        """All of it as text."""
        return self.read_bytes().decode(encoding)

    def write_bytes(self, data: bytes) -> int:
        """Store it, all or nothing."""
        self.store.write(self.bucket, self.key, data)
        return len(data)

    def write_text(self, text: str, encoding: str = "utf-8") -> int:
        """Store a text, all or nothing."""
        return self.write_bytes(text.encode(encoding))

    @contextlib.contextmanager
    def open(self, mode: str = "r", encoding: str = "utf-8") -> Iterator[IO[Any]]:
        """A stream within a ``with`` block: what is written is stored when the block ends well, else not at all."""
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
        """Store a local file; large ones in parts."""
        self.store.upload(self.bucket, self.key, file)

    def stat(self) -> ObjectStat:
        """Size, time and etag, without reading it. Raises FileNotFoundError."""
        found = self.store.head(self.bucket, self.key)
        return ObjectStat(found.size, found.modified, found.etag)

    def is_file(self) -> bool:
        """Whether an object of this key is there."""
        try:
            self.stat()
        except FileNotFoundError:
            return False
        return True

    def is_dir(self) -> bool:
        """Whether any key lies below."""
        prefix = f"{self.key}/" if self.key else ""
        return bool(self.store.call("list_objects_v2", Bucket=self.bucket, Prefix=prefix, MaxKeys=1).get("KeyCount"))

    def exists(self) -> bool:
        """Whether there is an object of this key or below it."""
        return self.is_file() or self.is_dir()

    def mkdir(self, parents: bool = False, exist_ok: bool = False) -> None:
        """Nothing: a store has no folders."""

    def unlink(self, missing_ok: bool = False) -> None:
        """Remove the object; one that is not there is no error, whatever ``missing_ok`` says."""
        self.store.delete(self.bucket, self.key)

    def iterdir(self) -> Iterator[ObjectPath]:
        """What lies directly below, objects and folders, from one listing."""
        prefix = f"{self.key}/" if self.key else ""
        for page in self.store.list_pages(self.bucket, prefix, "/"):
            yield from (self._at(name.rstrip("/")) for name in page.folders)
            yield from (self._at(found.key) for found in page.objects if found.key != prefix)

    def sizes(self) -> Iterator[tuple[str, int]]:
        """Name and bytes of each object directly below, from one listing."""
        prefix = f"{self.key}/" if self.key else ""
        for page in self.store.list_pages(self.bucket, prefix, "/"):
            yield from ((found.key[len(prefix) :], found.size) for found in page.objects)

    def rglob(self, pattern: str) -> Iterator[ObjectPath]:
        """All objects below whose name fits ``pattern``, in the order of their keys."""
        prefix = f"{self.key}/" if self.key else ""
        for page in self.store.list_pages(self.bucket, prefix):
            for found in page.objects:
                if fnmatchcase(found.key.rpartition("/")[2], pattern):
                    yield self._at(found.key)

    def glob(self, pattern: str) -> Iterator[ObjectPath]:
        """The objects directly below whose name fits ``pattern``."""
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
    """Paths in the order of their names."""
    return sorted(paths, key=str)


def is_remote_uri(uri: str) -> bool:
    """Whether a text names a key in an object store."""
    return uri.lower().startswith("s3://")


def is_object_path(path: AnyPath) -> TypeGuard[ObjectPath]:
    """Whether a path lies in an object store."""
    return isinstance(path, ObjectPath)


def split_uri(uri: str) -> tuple[str, str]:
    """``s3://bucket/key`` as bucket and key, the key as it stands. Raises UsageError for a bad bucket name."""
    bucket, _, key = uri[len("s3://") :].partition("/")
    if not _BUCKET.fullmatch(bucket):
        raise UsageError(f"{uri}: {bucket!r} is no name of a bucket; write s3://BUCKET/FOLDER/")
    return bucket, key


def as_path(uri: str | Path, settings: Store | None = None) -> AnyPath:
    """The place that a URI or a local path names; ``settings`` say how its store is reached."""
    text = str(uri)
    if is_remote_uri(text):
        bucket, key = split_uri(text)
        return ObjectPath(get_store(settings or Store()), bucket, key)
    if "://" in text:
        raise UsageError(f"{text}: only local folders and s3:// are known")
    return Path(uri)
