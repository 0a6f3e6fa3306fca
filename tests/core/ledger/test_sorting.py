"""Rows sorted by way of files: the same stream as a sort in memory gives, in bounded memory, and nothing left behind."""

from __future__ import annotations

import signal
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.ledger import sorting
from olmocr_core.ledger.sorting import Sorter

REPO = Path(__file__).resolve().parents[3]
SCHEMA = pa.schema({"key": pa.string(), "number": pa.int64()})
Row = tuple[str, int]


def in_order(keys: list[str]) -> list[Row]:
    return [(key, number) for number, key in enumerate(keys)]


@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=3), max_size=60),
    st.integers(1, 9),
    st.integers(2, 4),
)
def test_any_rows_in_any_order_come_as_a_sort_in_memory_gives_them(
    tmp_path_factory: pytest.TempPathFactory, keys: list[str], chunk_rows: int, most_strands: int
) -> None:
    rows = in_order(keys)
    folder = tmp_path_factory.getbasetemp() / "strands"
    with Sorter(SCHEMA, folder, chunk_rows, most_strands) as sorter:
        assert sorter.add(iter(rows)) == len(rows)
        assert list(sorter.rows()) == sorted(rows, key=lambda row: row[0])
        assert list(folder.glob("*")) == []


def strands_of(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, keys: list[str]) -> int:
    """How many strands sorting keys takes, ten rows at a time."""
    made = 0
    strand = sorting._Strand

    def counting(*arguments: object) -> object:
        nonlocal made
        made += 1
        return strand(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(sorting, "_Strand", counting)
    with Sorter(SCHEMA, tmp_path, 10, 32) as sorter:
        sorter.add(in_order(keys))
        assert [key for key, _ in sorter.rows()] == sorted(keys)
    return made


def test_what_comes_sorted_is_one_strand_however_long(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    keys = [f"{number:04d}" for number in range(1000)]
    assert strands_of(monkeypatch, tmp_path, keys) == 1
    assert strands_of(monkeypatch, tmp_path, keys[::-1]) == 100 + 3, "each ten, and 32 as one three times"


def test_memory_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    def peak(count: int) -> int:
        tracemalloc.start()
        try:
            with Sorter(SCHEMA, tmp_path, 500, 4) as sorter:
                sorter.add((f"{number * 7919 % count:09d}", number) for number in range(count))
                assert sum(1 for _ in sorter.rows()) == count
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert peak(40_000) < 3 * peak(5000)


def test_what_ends_the_sort_leaves_no_file(tmp_path: Path) -> None:
    def failing() -> Iterator[Row]:
        yield from in_order(["b", "a"])
        raise OSError("the source went away")

    with pytest.raises(OSError, match="went away"), Sorter(SCHEMA, tmp_path, 1) as sorter:
        sorter.add(failing())
    assert list(tmp_path.iterdir()) == []


KILLED = """
import os, pathlib, signal, sys
import pyarrow as pa
from olmocr_core.ledger.sorting import Sorter
folder = pathlib.Path(sys.argv[1])
with Sorter(pa.schema({"key": pa.string()}), folder, 2) as sorter:
    sorter.add((key,) for key in "fedcba")
    links = [link for link in pathlib.Path("/proc/self/fd").iterdir()]
    names = [os.readlink(link) for link in links if link.is_symlink()]
    assert sum(str(folder) in name for name in names) >= 3, names
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_process_that_is_killed_leaves_no_file(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLED, tmp_path], cwd=REPO, capture_output=True, text=True, check=False
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert list(tmp_path.iterdir()) == []
