"""A disk without room, by the kernel's limit on file sizes and by a small file system: one sentence, and no leftovers."""

from __future__ import annotations

import contextlib
import errno
import io
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from olmocr_core.domain.errors import DiskFull, FailureScope
from olmocr_core.domain.models import Source
from olmocr_core.domain.settings import Limits
from olmocr_core.ledger.file import write_ledger
from olmocr_core.ledger.rows import Head
from olmocr_core.ledger.sorting import Sorter
from olmocr_core.sources.inputs import copy_to_inputs
from olmocr_core.storage.files import create_exclusive, write_atomic
from olmocr_core.storage.full_disk import explain_full_disk, full_disk
from olmocr_core.storage.scratch import ScratchFolder
from olmocr_core.storage.temporary_files import open_unnamed_file
from tests.core.ledger.rows import row
from tests.core.publish.world import World, doc_id

REPO = Path(__file__).resolve().parents[3]
ROOM = 1500
MUCH = b"%PDF-1.4\n" + bytes(1 << 20)


@contextlib.contextmanager
def little_room(size: int = ROOM) -> Iterator[None]:
    """No file grows beyond ``size`` bytes within the block."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def write_document(folder: Path) -> None:
    copy_to_inputs(io.BytesIO(MUCH), "pdf", Source(uri="/a", name="a"), folder / "inputs", Limits())


def write_scratch(folder: Path) -> None:
    with ScratchFolder(folder / "scratch", 1 << 30).incoming() as (_, stream):
        stream.write(MUCH)


def write_unnamed(folder: Path) -> None:
    with open_unnamed_file() as (_, stream):
        stream.write(MUCH)


def write_sorted(folder: Path) -> None:
    with Sorter(pa.schema({"key": pa.string()}), folder / "scratch") as sorter:
        sorter.add((f"{number:09d}" * 9,) for number in range(20_000))
        list(sorter.rows())


def write_rows(folder: Path) -> None:
    write_ledger(folder / "ledger", Head(), (row(f"/{number}", doc_id=f"{number:064d}") for number in range(20_000)))


@pytest.mark.parametrize(
    ("write", "named"),
    [
        (lambda folder: write_atomic(folder / "page.json", MUCH), "page.json"),
        (lambda folder: create_exclusive(folder / "new", MUCH), "new"),
        (write_document, "inputs"),
        (write_scratch, "scratch"),
        (write_sorted, "scratch"),
        (write_rows, "ledger/ledger.parquet"),
        (write_unnamed, ""),
    ],
)
def test_each_writer_says_where_there_is_no_room_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: Callable[[Path], None], named: str
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with little_room(), pytest.raises(DiskFull) as raised:
        write(tmp_path)
    message = str(raised.value)
    assert message.startswith(f"{tmp_path / named} cannot be written: ")
    assert message.endswith("; make room there and run again, finished pages are kept")
    assert raised.value.scope is FailureScope.SLICE
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    write(tmp_path)


def test_publishing_without_room_keeps_the_dataset_and_goes_on_when_there_is(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.night({"/in/1": "a1"})
    before = world.files()
    with little_room(), pytest.raises(DiskFull, match=r"cannot be written: .*; make room there and run again"):
        world.night({"/in/1": "a1", **{f"/in/{number}": f"b{number}" for number in range(2, 40)}})
    assert world.files() == before
    world.night({"/in/1": "a1", "/in/2": "b2"})
    assert {line["id"] for line in world.dolma()} == {doc_id("a1"), doc_id("b2")}


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_an_error_without_a_place_names_its_own_file(number: int) -> None:
    full = full_disk(OSError(number, "no", "/data/x"))
    assert full is not None
    assert str(full).startswith("/data/x cannot be written: ")


def test_other_errors_stay_as_they_are() -> None:
    assert full_disk(OSError(errno.EACCES, "no")) is None
    assert full_disk(OSError("no number")) is None
    with pytest.raises(PermissionError), explain_full_disk("/data"):
        raise PermissionError(errno.EACCES, "no")


def test_a_device_that_is_full() -> None:
    with (
        pytest.raises(DiskFull, match="/dev/full cannot be written: the disk is full"),
        explain_full_disk("/dev/full"),
        Path("/dev/full").open("wb") as stream,
    ):
        stream.write(b"x")


SCRIPT = """
import asyncio, subprocess, sys
from pathlib import Path
from olmocr_core.domain.errors import DiskFull
from tests.core.stages.nights import counts, night

inbox, disk = Path(sys.argv[1]), Path(sys.argv[2])
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=" + sys.argv[3], "none", str(disk)], check=True)
try:
    asyncio.run(night([inbox], disk / "ws", "n1"))
except DiskFull as error:
    print(error)
left = [str(path) for path in disk.rglob("*.tmp")]
assert not left, left
subprocess.run(["mount", "-o", "remount,size=64m", str(disk)], check=True)
asyncio.run(night([inbox], disk / "ws", "n2"))
print(counts(disk / "ws"))
"""


@pytest.mark.slow
@pytest.mark.parametrize("room", ["100k", "250k", "400k"])
def test_a_run_on_a_full_disk_ends_in_order_and_goes_on_when_there_is_room(
    samples: Path, tmp_path: Path, room: str
) -> None:
    alone = ["unshare", "--mount"]
    if subprocess.run([*alone, "true"], check=False, capture_output=True).returncode:
        pytest.skip("this user may not mount a file system")
    disk = tmp_path / "disk"
    disk.mkdir()
    command = [*alone, sys.executable, "-c", SCRIPT, str(samples / "code_and_formula.pdf"), str(disk), room]
    done = subprocess.run(command, cwd=REPO, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    said, counted = done.stdout.splitlines()
    assert said.startswith(str(disk))
    assert said.endswith("cannot be written: the disk is full; make room there and run again, finished pages are kept")
    assert counted == "{'documents': 1, 'kept': 1}"
