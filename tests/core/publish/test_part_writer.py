from __future__ import annotations

from olmocr_core.documents.counts import DocumentCounts
from olmocr_core.domain.models import DocumentRecord
from olmocr_core.domain.settings import Publish
from olmocr_core.ledger.stored import Stored, read_stored
from olmocr_core.publish.part_writer import PartsWriter
from tests.core.publish.records import CREATED, context, dolma, publish, record


def test_part_files_rotate_and_keep_the_order(tmp_path):
    records = [record(f"{n}.pdf", str(n), status="kept" if n % 2 else "blank") for n in range(10)]
    manifest = publish(records, context(tmp_path), Publish(documents_per_file=2))
    assert [file.records for file in manifest.files if file.path.startswith("dolma")] == [1, 1, 1, 1, 1], (
        "two documents a part"
    )
    assert [line["text"] for line in dolma(tmp_path / "dataset")] == ["1", "3", "5", "7", "9"]


def add(writer: PartsWriter, *records: DocumentRecord, engine: str = "cpu:tiny") -> None:
    for one in records:
        writer.add(Stored(one.doc_id, one.model_dump_json(), None, None, CREATED, "1", engine), one)


def test_a_part_knows_its_records_its_engines_and_its_files(tmp_path):
    pending = tmp_path / "pending"
    pending.mkdir()
    writer = PartsWriter(pending, tmp_path / "ledger", context(tmp_path), Publish(documents_per_file=2), 5)
    add(writer, record("a.pdf", "a"))
    add(writer, record("b.pdf", "b", status="blank"), record("c.pdf", "c"), engine="another")
    assert writer.next_number == 6, "the second part is open"
    writer.finish()
    assert [(part.number, part.records, part.engines) for part in writer.parts] == [
        (5, 2, ("another", "cpu:tiny")),
        (6, 1, ("another",)),
    ]
    assert writer.parts[0].counts == DocumentCounts(documents=2, kept=1, blank=1)
    assert {file.path for file in writer.files} == {path for part in writer.parts for path in part.files}
    assert set(writer.placed.values()) == {(5, "kept"), (5, "blank"), (6, "kept")}
    assert [part.state for part in writer.parts] == ["00005-run-1.parquet", "00006-run-1.parquet"]
    kept = [stored.doc_id for part in writer.parts for stored in read_stored(tmp_path / "ledger", part.state)]
    assert kept == [record(name).doc_id for name in ("a.pdf", "b.pdf", "c.pdf")]


def test_of_a_part_that_was_not_finished_nothing_is_kept(tmp_path):
    pending = tmp_path / "pending"
    pending.mkdir()
    writer = PartsWriter(pending, tmp_path / "ledger", context(tmp_path), Publish(), 0)
    add(writer, record("a.pdf", "a"))
    writer.close()
    assert [path for path in (tmp_path / "ledger").rglob("*") if path.is_file()] == []
    assert writer.parts == []
