"""An object store: one request for each operation, with the client and event loop of s3fs, and errors for people.

The file functions of s3fs send HEAD before each GET and create buckets instead of folders. So only its ``call_s3`` is
used here, with its sessions and credentials.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from olmocr_core.domain.errors import StoreUnavailable
from olmocr_core.domain.settings import Store
from olmocr_core.storage.store_errors import is_rate_limited, translate_errors

T = TypeVar("T")
_CHUNK = 1 << 20
_PAGE_KEYS = 1000
_RESUMES = 5
_FIRST_WAIT = 0.1
_LONGEST_WAIT = 10.0


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """One key of a bucket. ``etag`` without quotes; ``modified`` in seconds since 1970."""

    key: str
    size: int
    etag: str
    modified: float


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a listing: at most 1,000 keys, and the common prefixes up to the delimiter."""

    objects: tuple[ObjectInfo, ...]
    folders: tuple[str, ...] = ()


class ObjectStore:
    """One store with one set of credentials. Calls block: use it from threads, not from an event loop.

    Every call raises FileNotFoundError for a missing key, StoreRefused if the store refuses the call, and
    StoreUnavailable if it does not answer or stays busy after all attempts.
    """

    def __init__(self, settings: Store) -> None:
        from s3fs import S3FileSystem

        self.settings = settings
        self.part_bytes = settings.part_mb << 20
        self._fs = S3FileSystem(
            anon=settings.anonymous,
            profile=settings.profile,
            endpoint_url=settings.endpoint_url,
            client_kwargs={"region_name": settings.region} if settings.region else {},
            config_kwargs=_client_config(settings),
            use_listings_cache=False,
            skip_instance_cache=True,
        )
        # The client retries by itself; a second retry loop in s3fs would multiply the attempts.
        self._fs.retries = 1

    def call(self, method: str, **arguments: Any) -> dict[str, Any]:
        """Call one operation of the S3 API by its name in the client, for example ``head_object``."""
        return self._run(method, arguments, lambda: self._fs._call_s3(method, **arguments))

    def read(self, bucket: str, key: str, first: int | None = None) -> bytes:
        """Read an object, or its ``first`` bytes, in one request."""
        ranged = {"Range": f"bytes=0-{first - 1}"} if first else {}

        async def get() -> bytes:
            answer = await self._fs._call_s3("get_object", Bucket=bucket, Key=key, **ranged)
            async with answer["Body"] as body:
                return bytes(await body.read())

        return self._run("get_object", {"Bucket": bucket, "Key": key}, get)

    def head(self, bucket: str, key: str) -> ObjectInfo:
        """Get size, etag and time of an object without reading it."""
        return _info(key, self.call("head_object", Bucket=bucket, Key=key), size="ContentLength")

    def write(self, bucket: str, key: str, data: bytes, **conditions: str) -> None:
        """Store bytes atomically. With ``IfNoneMatch="*"``, an existing key raises FileExistsError."""
        self.call("put_object", Bucket=bucket, Key=key, Body=data, **conditions)

    def delete(self, bucket: str, key: str) -> None:
        """Delete an object; a missing one is not an error."""
        self.call("delete_object", Bucket=bucket, Key=key)

    def copy(self, bucket: str, key: str, target: str) -> None:
        """Copy an object of at most 5 GB within its bucket; the store copies the bytes itself."""
        self.call("copy_object", Bucket=bucket, Key=target, CopySource={"Bucket": bucket, "Key": key})

    def list_pages(self, bucket: str, prefix: str, delimiter: str = "") -> Iterator[Listing]:
        """List the keys below a prefix in order, in pages of 1,000; only one page is in memory."""
        arguments: dict[str, Any] = {"Bucket": bucket, "Prefix": prefix, "MaxKeys": _PAGE_KEYS}
        if delimiter:
            arguments["Delimiter"] = delimiter
        while True:
            answer = self.call("list_objects_v2", **arguments)
            yield Listing(
                objects=tuple(_info(entry["Key"], entry) for entry in answer.get("Contents", ())),
                folders=tuple(entry["Prefix"] for entry in answer.get("CommonPrefixes", ())),
            )
            if not answer.get("IsTruncated"):
                return
            arguments["ContinuationToken"] = answer["NextContinuationToken"]

    def download(self, bucket: str, key: str, sink: BinaryIO) -> ObjectInfo:
        """Copy an object to a stream in bounded memory; resume the download if the connection breaks.

        Raises FileNotFoundError if the object is replaced meanwhile, so that a copy never mixes two versions.
        """
        info: ObjectInfo | None = None
        for _ in range(_RESUMES):
            done = sink.tell()
            ranged = {"Range": f"bytes={done}-", "IfMatch": f'"{info.etag}"'} if info and done else {}
            got, complete = self._stream(bucket, key, sink, ranged)
            info = info or got
            if complete:
                return info
        raise StoreUnavailable(f"s3://{bucket}/{key}: the connection broke {_RESUMES} times during the download")

    def upload(self, bucket: str, key: str, path: Path) -> None:
        """Store a file; a large one in parts, which become visible together after the last one."""
        if path.stat().st_size <= self.part_bytes:
            self.write(bucket, key, path.read_bytes())
        else:
            self._upload_parts(bucket, key, path)

    def _stream(self, bucket: str, key: str, sink: BinaryIO, ranged: dict[str, str]) -> tuple[ObjectInfo, bool]:
        async def copy() -> tuple[ObjectInfo, bool]:
            from aiohttp import ClientError
            from botocore.exceptions import HTTPClientError

            answer = await self._fs._call_s3("get_object", Bucket=bucket, Key=key, **ranged)
            info = _info(key, answer, size="ContentLength")
            wanted = sink.tell() + info.size
            async with answer["Body"] as body:
                with contextlib.suppress(ClientError, HTTPClientError, TimeoutError):
                    while chunk := await body.read(_CHUNK):
                        sink.write(chunk)
            return info, sink.tell() >= wanted

        return self._run("get_object", {"Bucket": bucket, "Key": key}, copy)

    def _upload_parts(self, bucket: str, key: str, path: Path) -> None:
        # Stores accept at most 10,000 parts.
        size = max(self.part_bytes, -(-path.stat().st_size // 9_000))
        upload = self.call("create_multipart_upload", Bucket=bucket, Key=key)["UploadId"]
        place = {"Bucket": bucket, "Key": key, "UploadId": upload}
        try:
            parts: list[dict[str, Any]] = []
            with path.open("rb") as stream:
                while chunk := stream.read(size):
                    number = len(parts) + 1
                    answer = self.call("upload_part", **place, PartNumber=number, Body=chunk)
                    parts.append({"ETag": answer["ETag"], "PartNumber": number})
            self.call("complete_multipart_upload", **place, MultipartUpload={"Parts": parts})
        except BaseException:
            # The store keeps, and bills, parts that are neither completed nor aborted.
            with contextlib.suppress(Exception):
                self.call("abort_multipart_upload", **place)
            raise

    def _run(self, method: str, arguments: dict[str, Any], work: Callable[[], Awaitable[T]]) -> T:
        from fsspec.asyn import sync

        for attempt in range(self.settings.max_attempts):
            if attempt:
                time.sleep(min(_FIRST_WAIT * 2**attempt, _LONGEST_WAIT))
            try:
                with translate_errors(method, arguments, self.settings):
                    result: T = sync(self._fs.loop, work)
                    return result
            except StoreUnavailable as error:
                # The client retries SlowDown and 5xx itself, but takes the 429 of other stores for an error of the caller.
                if not is_rate_limited(error):
                    raise
                busy = error
        raise busy


@lru_cache(maxsize=16)
def get_store(settings: Store) -> ObjectStore:
    """Return the store of these settings; a process keeps one, with its connections and credentials."""
    return ObjectStore(settings)


def _client_config(settings: Store) -> dict[str, Any]:
    style = settings.addressing
    if style == "auto" and settings.endpoint_url:
        style = "path"
    config: dict[str, Any] = {
        "retries": {"mode": "adaptive", "total_max_attempts": settings.max_attempts},
        "s3": {"addressing_style": style},
        "connect_timeout": settings.connect_seconds,
        "read_timeout": settings.read_seconds,
        "max_pool_connections": settings.connections,
    }
    if settings.endpoint_url:
        # Many S3-compatible stores refuse the checksums that recent AWS clients send.
        config |= {"request_checksum_calculation": "when_required", "response_checksum_validation": "when_required"}
    return config


def _info(key: str, answer: dict[str, Any], size: str = "Size") -> ObjectInfo:
    modified = answer.get("LastModified")
    return ObjectInfo(
        key=key,
        size=int(answer[size]),
        etag=str(answer.get("ETag", "")).strip('"'),
        modified=modified.timestamp() if modified else 0.0,
    )
