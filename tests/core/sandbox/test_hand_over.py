"""The pool opens a call's documents and passes each of them once."""

from __future__ import annotations

import asyncio
import errno
import os
import resource
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from olmocr_core.domain.errors import MachineFault
from olmocr_core.sandbox.hand_over import HandOver, list_locations
from olmocr_core.sandbox.inputs import Inputs, Offer
from tests.core.pdf.making import document, many_pages, page


@pytest.fixture
def worker() -> Iterator[tuple[HandOver, socket.socket]]:
    ours, theirs = socket.socketpair()
    hand_over = HandOver(ours)
    with theirs:
        yield hand_over, theirs
    hand_over.close()


def take(channel: socket.socket) -> bytes:
    _, descriptors, _, _ = socket.recv_fds(channel, 1, 1)
    try:
        return os.read(descriptors[0], 100)
    finally:
        os.close(descriptors[0])


async def test_a_document_is_passed_until_the_worker_has_it(
    worker: tuple[HandOver, socket.socket], tmp_path: Path
) -> None:
    hand_over, channel = worker
    path = tmp_path / "a.pdf"
    path.write_bytes(b"first")
    assert await hand_over.offer([str(path)]) == Inputs((Offer(str(path), follows=True),))
    assert take(channel) == b"first"
    assert await hand_over.offer([str(path)]) == Inputs((Offer(str(path)),))
    (tmp_path / "new").write_bytes(b"other")
    (tmp_path / "new").replace(path)
    assert (await hand_over.offer([str(path)])).offers[0].follows
    assert take(channel) == b"other"
    assert await hand_over.offer([]) == Inputs(())
    assert (await hand_over.offer([str(path)])).offers[0].follows, "the worker let go of it"


async def test_a_file_that_cannot_be_opened_is_the_workers_to_tell(
    worker: tuple[HandOver, socket.socket], tmp_path: Path
) -> None:
    gone, loop = tmp_path / "gone.pdf", tmp_path / "loop.pdf"
    loop.symlink_to(loop)
    told = await worker[0].offer([str(gone), str(loop)])
    assert [offer.error_number for offer in told.offers] == [errno.ENOENT, errno.ELOOP]


async def test_a_pipe_in_the_place_of_a_file_holds_nobody_up(
    worker: tuple[HandOver, socket.socket], tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "a.pdf")
    async with asyncio.timeout(10):
        assert (await worker[0].offer([str(tmp_path / "a.pdf")])).offers[0].follows


async def test_a_process_without_descriptors_blames_no_document(
    worker: tuple[HandOver, socket.socket], tmp_path: Path
) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(b"abc")
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, before[1]))
    try:
        with pytest.raises(MachineFault, match="Too many open files"):
            await worker[0].offer([str(path)])
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


async def test_nothing_stays_open(worker: tuple[HandOver, socket.socket], tmp_path: Path) -> None:
    path, before = tmp_path / "a.pdf", len(list(Path("/proc/self/fd").iterdir()))
    path.write_bytes(b"abc")
    for _ in range(5):
        await worker[0].offer([str(path)])
    waiting = asyncio.create_task(worker[0].offer([str(path)]))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    async with asyncio.timeout(10):
        while len(list(Path("/proc/self/fd").iterdir())) != before:  # noqa: ASYNC110 - a thread closes it
            await asyncio.sleep(0.01)


def test_only_documents_and_pages_name_files(tmp_path: Path) -> None:
    of = document(tmp_path / "a.pdf", many_pages(1))
    assert list_locations(("a", of, page(of), None)) == (of.location,)
