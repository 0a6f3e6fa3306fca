from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fastapi import Request
from starlette.types import Message

from olmocr_core.domain.identity import bytes_digest
from service.jobs.data_folder import DataFolder, open_data_folder
from service.problems import Problem
from service.uploads.receive import UploadLimits, receive_document
from tests.service.documents import PAPER

LIMITS = UploadLimits(most_bytes=100_000, seconds=5)


@pytest.fixture
def folder(tmp_path: Path) -> AsyncIterator[DataFolder]:
    with open_data_folder(tmp_path) as opened:
        yield opened  # type: ignore[misc]
        assert list(opened.incoming.iterdir()) == []


def request(*chunks: bytes | None, **headers: str) -> Request:
    """A request with these chunks; None is the end of the connection, and after the last nothing comes."""
    messages = iter(chunks)

    async def receive() -> Message:
        for chunk in messages:
            if chunk is None:
                return {"type": "http.disconnect"}
            return {"type": "http.request", "body": chunk, "more_body": chunk != b""}
        await asyncio.Event().wait()
        raise AssertionError

    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "POST", "headers": raw, "path": "/", "query_string": b""}, receive)


async def refused(folder: DataFolder, *chunks: bytes | None, limits: UploadLimits = LIMITS, **headers: str) -> Problem:
    with pytest.raises(Problem) as caught:
        async with receive_document(request(*chunks, **headers), folder, limits):
            raise AssertionError("it was taken")
    return caught.value


async def test_a_raw_body_lies_on_the_disk_within_the_block(folder: DataFolder) -> None:
    came = request(PAPER[:1000], PAPER[1000:], b"", x_filename="paper%20one.pdf")
    async with receive_document(came, folder, LIMITS) as upload:
        assert upload.path.read_bytes() == PAPER
        assert upload[1:] == (bytes_digest(PAPER), len(PAPER), "paper one.pdf", {})
    assert not upload.path.exists()


async def test_too_much_is_refused_before_it_comes_and_while_it_comes(folder: DataFolder) -> None:
    announced = await refused(folder, content_length="10000000000")
    streamed = await refused(folder, PAPER, PAPER)
    assert announced.status == streamed.status == 413
    assert "larger than 0 MB" in streamed.detail


async def test_who_is_too_slow_or_goes_away_leaves_nothing(folder: DataFolder) -> None:
    slow = await refused(folder, PAPER, limits=UploadLimits(100_000, 0.05))
    gone = await refused(folder, PAPER, None)
    assert (slow.status, gone.status) == (408, 400)


@pytest.mark.parametrize(
    ("data", "status"),
    [(b"", 422), (b"/etc/passwd\n", 415), (b"PK\x03\x04", 415), (b"<html>", 415), (b"GIF89a", 415)],
)
async def test_what_is_no_document_is_refused(folder: DataFolder, data: bytes, status: int) -> None:
    assert (await refused(folder, *([data] if data else []), b"")).status == status


async def test_a_full_disk_is_no_fault_of_the_document(folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    from olmocr_core.domain.errors import DiskFull

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(DiskFull, match="the upload cannot be written"):
        async with receive_document(request(PAPER, b""), folder, LIMITS):
            raise AssertionError("it was taken")
