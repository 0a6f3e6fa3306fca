"""Documents in a worker: read through descriptors of the pool, by their location."""

from __future__ import annotations

import errno
import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from olmocr_core.sandbox.inputs import InputReader, Inputs, Offer, name_input, open_input, receive_inputs, stat_input


@pytest.fixture
def channels() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs
        receive_inputs(theirs, Inputs(()))


def pass_file(channels: tuple[socket.socket, socket.socket], path: Path) -> None:
    with path.open("rb") as file:
        socket.send_fds(channels[0], [b"\0"], [file.fileno()])
    receive_inputs(channels[1], Inputs((Offer(str(path), follows=True),)))


def test_a_document_is_read_after_its_name_is_gone(
    channels: tuple[socket.socket, socket.socket], tmp_path: Path
) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(b"0123456789")
    pass_file(channels, path)
    path.unlink()
    assert stat_input(str(path)).st_size == 10
    with open_input(str(path)) as file, open_input(str(path)) as other:
        assert other.read(1) == b"0"
        os.lseek(file.fileno(), 7, os.SEEK_SET)
        assert file.read(3) == b"012", "the position of the descriptor counts for nothing"
        assert (file.seek(-2, os.SEEK_END), file.read()) == (8, b"89")
        assert (file.seek(1), file.seek(2, os.SEEK_CUR), file.read(1)) == (1, 3, b"3")
        with pytest.raises(OSError, match="Invalid argument"):
            file.seek(-11, os.SEEK_END)


def test_a_reader_outlives_the_call_and_closes_what_it_holds(
    channels: tuple[socket.socket, socket.socket], tmp_path: Path
) -> None:
    path, before = tmp_path / "a.pdf", len(list(Path("/proc/self/fd").iterdir()))
    path.write_bytes(b"abc")
    pass_file(channels, path)
    file = open_input(str(path))
    receive_inputs(channels[1], Inputs(()))
    assert file.read() == b"abc"
    file.close()
    file.close()
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_document_stays_until_another_call_does_without_it(
    channels: tuple[socket.socket, socket.socket], tmp_path: Path
) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(b"abc")
    pass_file(channels, path)
    path.unlink()
    receive_inputs(channels[1], Inputs((Offer(str(path)),)))
    assert open_input(str(path)).read() == b"abc"
    receive_inputs(channels[1], Inputs(()))
    with pytest.raises(FileNotFoundError):
        open_input(str(path))


def test_what_the_pool_could_not_open_raises_its_error(
    channels: tuple[socket.socket, socket.socket], tmp_path: Path
) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(b"abc")
    receive_inputs(channels[1], Inputs((Offer(str(path), error_number=errno.EACCES),)))
    assert stat_input(str(path)).st_size == 3
    with pytest.raises(PermissionError, match="Permission denied"):
        open_input(str(path))


def test_outside_of_a_worker_the_file_itself_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(b"abc")
    with open_input(str(path)) as file, name_input(str(path)) as name:
        assert (file.read(), name) == (b"abc", str(path))
    assert stat_input(str(path)).st_size == 3


def test_a_child_reads_a_copy_at_its_standard_input(
    channels: tuple[socket.socket, socket.socket], tmp_path: Path
) -> None:
    path, before = tmp_path / "a.pdf", Path("/proc/self/fd/0").readlink()
    path.write_bytes(b"0123456789")
    pass_file(channels, path)
    path.unlink()
    with name_input(str(path)) as name:
        for _ in range(2):
            assert subprocess.run(["tail", "-c", "3", name], capture_output=True, check=True).stdout == b"789"
    assert Path("/proc/self/fd/0").readlink() == before


def test_a_file_that_shrinks_ends_early(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(b"0123456789")
    with path.open("rb") as file, InputReader(file.fileno()) as reader:
        assert reader.read(2) == b"01"
        os.truncate(path, 4)
        assert reader.readall() == b"23"
