"""External merge sort: sorted strands go to unnamed temporary files and are merged to one stream.

Sorted input becomes one strand, however long, without sorting. The system deletes an unnamed file when its process
ends, so that a crash leaves nothing behind.
"""

from __future__ import annotations

import heapq
import operator
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, suppress
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import pyarrow as pa

from olmocr_core.ledger.file import record_batch
from olmocr_core.storage.full_disk import explain_full_disk

# Rows that are sorted at once, and rows of each strand in memory during a merge.
CHUNK_ROWS = 32_768
BATCH_ROWS = 1024
# This many strands are merged to one: open files and memory stay bounded for any number of rows.
MOST_STRANDS = 32

Row = tuple[Any, ...]


class Sorter:
    """Sorts rows of a schema by their first column, stably. A context manager.

    ``folder`` takes the strands; ``chunk_rows`` rows are sorted at once; at most ``most_strands`` of one level are open.
    """

    def __init__(
        self, schema: pa.Schema, folder: Path, chunk_rows: int = CHUNK_ROWS, most_strands: int = MOST_STRANDS
    ) -> None:
        self._schema = schema
        self._folder = folder
        self._chunk_rows, self._most_strands = chunk_rows, most_strands
        # Level n holds merges of strands of level n - 1, in the order of their rows.
        self._levels: list[list[_Strand]] = [[]]
        self._open: _Strand | None = None
        self._files = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Closing writes what is buffered, which a full disk refuses; nobody needs the files any more.
        with suppress(OSError):
            self._files.close()

    def add(self, rows: Iterable[Row]) -> int:
        """Add rows; returns their number."""
        count, waiting = 0, iter(rows)
        while chunk := list(islice(waiting, self._chunk_rows)):
            with explain_full_disk(self._folder):
                self._spill(chunk)
            count += len(chunk)
        return count

    def rows(self) -> Iterator[Row]:
        """All rows, sorted. Call it once."""
        with explain_full_disk(self._folder):
            self._end_strand()
        # The rows of higher levels came first.
        return _merged([strand for level in reversed(self._levels) for strand in level])

    def _spill(self, chunk: list[Row]) -> None:
        # Python's sort is stable, and fast on sorted input.
        chunk.sort(key=_key)
        if self._open is None or chunk[0][0] < self._open.last:
            self._end_strand()
            self._open = self._strand()
        self._open.write(chunk)

    def _end_strand(self) -> None:
        if self._open is None:
            return
        self._open.close()
        self._levels[0].append(self._open)
        self._open = None
        for level, strands in enumerate(self._levels):
            if len(strands) < self._most_strands:
                return
            if level + 1 == len(self._levels):
                self._levels.append([])
            self._levels[level + 1].append(self._joined(strands))
            strands.clear()

    def _joined(self, strands: Sequence[_Strand]) -> _Strand:
        whole = self._strand()
        waiting = _merged(strands)
        while chunk := list(islice(waiting, BATCH_ROWS)):
            whole.write(chunk)
        whole.close()
        for strand in strands:
            strand.drop()
        return whole

    def _strand(self) -> _Strand:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = self._files.enter_context(tempfile.TemporaryFile(dir=self._folder))  # noqa: SIM115 - the stack closes it
        return _Strand(self._schema, file)


class _Strand:
    """Sorted rows in a file. ``last`` is the greatest key."""

    def __init__(self, schema: pa.Schema, file: IO[bytes]) -> None:
        self._schema, self._file = schema, file
        self._writer = pa.ipc.new_stream(pa.PythonFile(file, "w"), schema)
        self.last: Any = None

    def write(self, rows: Sequence[Row]) -> None:
        self.last = rows[-1][0]
        for first in range(0, len(rows), BATCH_ROWS):
            self._writer.write_batch(record_batch(rows[first : first + BATCH_ROWS], self._schema))

    def close(self) -> None:
        self._writer.close()
        self._file.flush()

    def drop(self) -> None:
        self._file.close()

    def rows(self) -> Iterator[Row]:
        self._file.seek(0)
        with pa.ipc.open_stream(pa.PythonFile(self._file, "r")) as batches:
            for batch in batches:
                yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def _merged(strands: Sequence[_Strand]) -> Iterator[Row]:
    # heapq.merge is stable: equal rows come in the order of strands.
    return strands[0].rows() if len(strands) == 1 else heapq.merge(*(strand.rows() for strand in strands), key=_key)


_key = operator.itemgetter(0)
