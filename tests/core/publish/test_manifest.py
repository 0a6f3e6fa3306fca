from __future__ import annotations

import pytest

from olmocr_core.documents.counts import DocumentCounts
from olmocr_core.domain.identity import bytes_digest
from olmocr_core.domain.settings import Publish
from olmocr_core.publish import read_manifest, verify
from olmocr_core.publish.manifest import Manifest, PublishedFile, count_problems, is_published
from tests.core.publish.records import context, one_of_each, publish, record


def test_a_manifest_that_names_files_outside_cannot_remove_them(tmp_path):
    manifest = publish([record("a.pdf", "a")], context(tmp_path), Publish())
    outside = tmp_path / "outside.txt"
    outside.write_text("keep")
    evil = [
        file.model_copy(update={"path": path})
        for file in manifest.files[:1]
        for path in ("../outside.txt", str(outside))
    ]
    forged = manifest.model_copy(update={"files": (*manifest.files, *evil)})
    (tmp_path / "dataset" / "manifest.json").write_bytes(forged.to_bytes())
    assert len(verify(tmp_path / "dataset")) >= 2
    publish([record("a.pdf", "a")], context(tmp_path), Publish())
    assert outside.read_text() == "keep"


def test_verify_finds_what_is_wrong(tmp_path):
    dataset = tmp_path / "dataset"
    assert verify(dataset) == [f"{dataset / 'manifest.json'} is missing"]
    assert read_manifest(dataset) is None
    manifest = publish([record("a.pdf", "a"), record("b.pdf", "b")], context(tmp_path), Publish())
    (dataset / "markdown" / "a.md").write_text("x")
    (dataset / "markdown" / "b.md").unlink()
    counts = manifest.counts.model_copy(update={"kept": 1})
    (dataset / "manifest.json").write_bytes(manifest.model_copy(update={"counts": counts}).to_bytes())
    problems = "\n".join(verify(dataset))
    assert "markdown/a.md is not what was published" in problems
    assert "markdown/b.md is missing" in problems
    assert "2 documents came in but 1 have an end" in problems
    assert "dolma holds 2 records instead of 1" in problems
    (dataset / "manifest.json").write_text("{}")
    assert "cannot be read as a manifest" in verify(dataset)[0]


def test_a_manifest_survives_its_own_file(tmp_path):
    manifest = publish(one_of_each(), context(tmp_path, rules={"x": float("nan"), "name": "\ud800"}), Publish())
    again = Manifest.model_validate_json((tmp_path / "dataset" / "manifest.json").read_bytes())
    assert again.files == manifest.files
    assert again.rules == {"x": None, "name": "\ufffd"}


def test_a_file_is_published_only_with_the_same_bytes(tmp_path):
    file = PublishedFile(path="markdown/a.md", records=1, bytes=4, sha256=bytes_digest(b"text"))
    assert not is_published(tmp_path, file)
    (tmp_path / "markdown").mkdir()
    for content, expected in ((b"text", True), (b"tixt", False), (b"texts", False)):
        (tmp_path / "markdown/a.md").write_bytes(content)
        assert is_published(tmp_path, file) is expected
    with pytest.raises(ValueError, match="inside"):
        is_published(tmp_path, file.model_copy(update={"path": "../a.md"}))


def test_counts_are_held_against_the_files_of_each_format():
    counts = DocumentCounts(documents=3, kept=1, partial=1, failed=1)
    files = {"dolma/part-0": 2, "parquet/documents/part-0": 3, "parquet/pages/part-0": 9, "markdown/a.md": 1}
    made = tuple(PublishedFile(path=path, records=records, bytes=0, sha256="") for path, records in files.items())
    whole = Manifest(created="", counts=counts, files=made)
    assert list(count_problems(whole)) == []
    assert list(count_problems(whole.model_copy(update={"files": made[2:]}))) == [], "formats that are not written"
    short = whole.model_copy(update={"counts": DocumentCounts(documents=3, kept=2, failed=1, partial=1)})
    assert list(count_problems(short)) == [
        "3 documents came in but 4 have an end",
        "dolma holds 2 records instead of 3",
    ]
