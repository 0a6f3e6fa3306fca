from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from olmocr_core.domain.errors import RunError
from olmocr_core.ledger.file import LEDGER, local_copy, open_ledger, write_ledger
from olmocr_core.ledger.rows import Head
from olmocr_core.storage.paths import ObjectPath
from tests.core.ledger.rows import row

HEAD = Head(run="r", listed="2026-11-22", next_number=2)


def test_rows_and_head_survive_the_file(tmp_path: Path) -> None:
    rows = [row("/a", deleted="3", text_digest="t", markdown="markdown/ä.md"), row("/b", part=None, size=1 << 40)]
    write_ledger(tmp_path, HEAD, rows)
    with open_ledger(tmp_path) as ledger:
        assert ledger.head == HEAD
        assert list(ledger.rows()) == rows
        assert list(ledger.rows()) == rows, "each time anew"


def test_a_ledger_of_more_rows_than_are_held_at_a_time(tmp_path: Path) -> None:
    rows = [row(f"/{number:06d}", size=number) for number in range(8192 * 2 + 1)]
    write_ledger(tmp_path, HEAD, iter(rows))
    with open_ledger(tmp_path) as ledger:
        assert list(ledger.rows()) == rows


def test_a_ledger_of_an_older_version_opens_with_defaults_for_what_it_lacks(tmp_path: Path) -> None:
    write_ledger(tmp_path, HEAD, [row("/a", reason="it is a link")])
    pq.write_table(pq.read_table(tmp_path / LEDGER).drop_columns(["reason"]), tmp_path / LEDGER)
    with open_ledger(tmp_path) as ledger:
        assert (ledger.head, list(ledger.rows())) == (HEAD, [row("/a")])


def test_where_no_ledger_was_written_there_are_no_rows(tmp_path: Path) -> None:
    with open_ledger(tmp_path) as ledger:
        assert (ledger.path, ledger.head, list(ledger.rows())) == (None, Head(), [])


def test_a_ledger_without_rows_keeps_its_head(tmp_path: Path) -> None:
    write_ledger(tmp_path, HEAD, [])
    with open_ledger(tmp_path) as ledger:
        assert (ledger.head, list(ledger.rows())) == (HEAD, [])


def test_writing_that_fails_leaves_the_old_ledger(tmp_path: Path) -> None:
    write_ledger(tmp_path, HEAD, [row("/a")])
    with pytest.raises(pa.ArrowInvalid):
        write_ledger(tmp_path, Head(run="next"), [row("/b", size="many")])
    with open_ledger(tmp_path) as ledger:
        assert (ledger.head, list(ledger.rows())) == (HEAD, [row("/a")])
    assert [path.name for path in tmp_path.iterdir()] == [LEDGER]


@pytest.mark.parametrize("content", [b"", b"PAR1 no table", None])
def test_a_ledger_that_cannot_be_read_says_what_to_do(tmp_path: Path, content: bytes | None) -> None:
    if content is None:
        pq.write_table(pa.table({"uri": ["/a"]}), tmp_path / LEDGER)
    else:
        (tmp_path / LEDGER).write_bytes(content)
    with (
        pytest.raises(RunError, match=r"cannot be read as a ledger .*move the folder ledger/ away"),
        open_ledger(tmp_path),
    ):
        pass


def test_a_ledger_in_a_store_is_fetched_for_the_time_of_the_block(bucket: ObjectPath) -> None:
    with local_copy(bucket / "ledger" / LEDGER) as path:
        assert path is None
    write_ledger(bucket / "ledger", HEAD, [row()])
    with open_ledger(bucket / "ledger") as ledger:
        assert list(ledger.rows()) == [row()]
        copy = ledger.path
    assert copy is not None
    assert not copy.exists()
