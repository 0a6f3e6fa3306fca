from __future__ import annotations

from pathlib import Path

import pytest

from olmocr_core.domain.errors import RunError
from olmocr_core.domain.models import DocumentRecord
from olmocr_core.ledger.stored import (
    RECORDS,
    Stored,
    StoredWriter,
    read_stored,
    remove_unreferenced_records,
    to_published,
)
from tests.core.publish.records import record

STATE = "00000-r.parquet"


def write(folder: Path, records: list[Stored]) -> None:
    (folder / RECORDS).mkdir()
    with (folder / RECORDS / STATE).open("wb") as stream:
        writer = StoredWriter(stream)
        for one in records:
            writer.add(one)
        writer.close()


def test_records_come_back_in_order(tmp_path: Path) -> None:
    records = [Stored(f"{number}", f"text {number} ü", None, None, "2026", "1", "cpu") for number in range(150)]
    records[7] = records[7]._replace(original="3", original_name="three.pdf")
    write(tmp_path, records)
    assert list(read_stored(tmp_path, STATE)) == records


def test_texts_of_many_megabytes_are_written_in_groups(tmp_path: Path) -> None:
    records = [Stored(f"{number}", f"{number}" * (5 << 20), None, None, "2026", "1", "cpu") for number in range(3)]
    write(tmp_path, records)
    assert list(read_stored(tmp_path, STATE)) == records


def test_a_part_that_is_gone_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"00000-r\.parquet is missing: .*move the folder ledger/ away"):
        list(read_stored(tmp_path, STATE))


def test_records_that_the_ledger_does_not_name_are_removed(tmp_path: Path) -> None:
    (tmp_path / RECORDS).mkdir()
    for name in ("ledger.parquet", ".half.tmp", f"{RECORDS}/{STATE}", f"{RECORDS}/old.parquet", f"{RECORDS}/.new.tmp"):
        (tmp_path / name).write_bytes(b"x")
    remove_unreferenced_records(tmp_path, [STATE])
    left = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file())
    assert left == ["ledger.parquet", f"{RECORDS}/{STATE}"]


def test_a_record_is_published_as_it_is_or_as_a_duplicate() -> None:
    kept: DocumentRecord = record("a.pdf", "text")
    assert to_published(kept, None, None) is kept
    marked = to_published(kept, "f" * 64, "first.pdf")
    assert (marked.status, marked.duplicate_of) == ("duplicate", "f" * 64)
    assert "first.pdf" in marked.reasons[0]
    assert "f" * 12 in to_published(kept, "f" * 64, None).reasons[0]
