from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
import zstandard

from olmocr_core.domain.errors import RunError
from olmocr_core.domain.models import PageSpan, Source
from olmocr_core.domain.settings import Publish
from olmocr_core.publish import Manifest, read_manifest, verify
from olmocr_core.publish.publish_run import publish_run
from tests.core.publish.records import context, dolma, finished, one_of_each, publish, record, snapshot


def markdown(tmp_path: Path) -> dict[str, str]:
    folder = tmp_path / "dataset" / "markdown"
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*.md")}


def test_a_dataset_in_all_formats_with_a_manifest_that_adds_up(tmp_path):
    manifest = publish(iter(one_of_each()), context(tmp_path), Publish())
    dataset = tmp_path / "dataset"
    assert verify(dataset) == []
    assert read_manifest(dataset) == manifest
    stored = json.loads((dataset / "manifest.json").read_text())
    assert stored["counts"] == {
        "documents": 6, "kept": 1, "partial": 1, "blank": 1, "held_back": 1, "failed": 1, "duplicate": 1,
    }  # fmt: skip
    assert stored["created"] == "2026-11-22T21:30:45+00:00"
    assert stored["engines"] == ["cpu:tiny"]
    assert stored["rules"] == {"min_chars": 1}
    assert {(file["path"].split("/part-")[0], file["records"]) for file in stored["files"]} == {
        ("dolma", 2), ("parquet/documents", 6), ("parquet/pages", 8), ("markdown/sub/kept.md", 1), ("markdown/partial.md", 1),
        ("markdown/dup.md", 1),
    }  # fmt: skip
    assert [line["metadata"]["status"] for line in dolma(dataset)] == ["kept", "partial"]
    assert markdown(tmp_path) == {
        "sub/kept.md": "# Title\nHello.\nSecond page",
        "partial.md": "First\nraw",
        "dup.md": "First",
    }
    files = {path.relative_to(dataset).as_posix() for path in dataset.rglob("*") if path.is_file()}
    assert files == {file["path"] for file in stored["files"]} | {"manifest.json", ".lock"}


def test_publishing_again_changes_nothing_not_even_a_time_stamp(tmp_path):
    run = finished(one_of_each(), context(tmp_path), Publish())
    publish_run(run)
    before = snapshot(tmp_path)
    publish_run(run)
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize("compression", ["gzip", "zstd"])
def test_two_publishings_elsewhere_give_the_same_bytes(tmp_path, compression):
    for place in ("one", "two"):
        publish(one_of_each(), context(tmp_path / place), Publish(compression=compression))
    one, two = (
        {path: data for path, (data, _) in snapshot(tmp_path / place / "dataset").items()} for place in ("one", "two")
    )
    assert one == two


def test_another_run_of_the_same_day_changes_the_manifest_only(tmp_path):
    publish(one_of_each(), context(tmp_path), Publish())
    before = snapshot(tmp_path / "dataset")
    publish(one_of_each(), context(tmp_path, run="run-2", created="2026-11-22T23:00:00+00:00"), Publish())
    after = snapshot(tmp_path / "dataset")
    assert {path for path in before if before[path] != after.get(path)} == {"manifest.json"}


def test_what_is_no_longer_part_of_the_dataset_goes_and_only_that(tmp_path):
    publish([record("sub/a.pdf", "a"), record("b.pdf", "b")], context(tmp_path), Publish())
    dataset = tmp_path / "dataset"
    (dataset / "markdown" / "mine.md").write_text("a person's own note")
    (tmp_path / "elsewhere.txt").write_text("not ours")
    publish([record("b.pdf", "b, better")], context(tmp_path), Publish(formats=("markdown",)))
    files = {path.relative_to(dataset).as_posix() for path in dataset.rglob("*") if path.is_file()}
    assert files == {".lock", "manifest.json", "markdown/b.md", "markdown/mine.md"}
    assert (tmp_path / "elsewhere.txt").read_text() == "not ours"
    assert not (dataset / "markdown" / "sub").exists()
    assert not (dataset / "parquet").exists()
    assert (dataset / "markdown" / "b.md").read_text() == "b, better"


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


def test_a_link_in_the_dataset_does_not_lead_out(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "dataset").mkdir()
    (tmp_path / "dataset" / "markdown").symlink_to(tmp_path / "out")
    with pytest.raises(RunError, match="symbolic link"):
        publish([record("a.pdf", "a")], context(tmp_path), Publish())
    assert list((tmp_path / "out").iterdir()) == []


def test_a_document_with_two_sources_has_two_markdown_files(tmp_path):
    sources = (Source(uri="/x/a.pdf", name="x/a.pdf"), Source(uri="/y/a.pdf", name="y/a.pdf"))
    publish([record("a.pdf", "text", sources=sources)], context(tmp_path), Publish())
    assert markdown(tmp_path) == {"x/a.md": "text", "y/a.md": "text"}
    (line,) = dolma(tmp_path / "dataset")
    assert line["metadata"]["sources"] == ["/x/a.pdf", "/y/a.pdf"]


def test_collisions_are_seen_across_the_whole_run(tmp_path):
    publish([record("a.pdf", "1"), record("b.pdf", "2"), record("a.png", "3")], context(tmp_path), Publish())
    assert markdown(tmp_path) == {"a.pdf.md": "1", "b.md": "2", "a.png.md": "3"}


def test_part_files_rotate_and_keep_the_order(tmp_path):
    records = [record(f"{n}.pdf", str(n), status="kept" if n % 2 else "blank") for n in range(10)]
    manifest = publish(records, context(tmp_path), Publish(documents_per_file=2))
    assert [file.records for file in manifest.files if file.path.startswith("dolma")] == [1, 1, 1, 1, 1], (
        "two documents a part"
    )
    assert [line["text"] for line in dolma(tmp_path / "dataset")] == ["1", "3", "5", "7", "9"]


def test_zstd_is_read_by_its_own_tools(tmp_path):
    publish(one_of_each(), context(tmp_path), Publish(compression="zstd"))
    (path,) = (tmp_path / "dataset" / "dolma").iterdir()
    assert path.name.endswith(".jsonl.zst")
    with zstandard.open(path, "rt") as stream:
        assert len([json.loads(line) for line in stream]) == 2


def test_gzip_says_neither_name_nor_time(tmp_path):
    publish(one_of_each(), context(tmp_path), Publish())
    (path,) = (tmp_path / "dataset" / "dolma").iterdir()
    assert path.read_bytes()[3:8] == bytes(5)
    assert path.name == f"part-00000-{read_manifest(tmp_path / 'dataset').files[0].sha256[:12]}.jsonl.gz"
    assert gzip.decompress(path.read_bytes()).count(b"\n") == 2


def test_files_that_could_not_be_read_have_a_row_each(tmp_path):
    problems = [record(name, status="failed", doc_id="", kind=None) for name in ("x.pdf", "y.pdf")]
    manifest = publish(problems, context(tmp_path), Publish())
    assert manifest.counts.failed == 2
    assert verify(tmp_path / "dataset") == []


@pytest.mark.parametrize(
    ("records", "message"),
    [
        ([record("a.pdf", "a"), record("a.pdf", "a")], "/data/a.pdf has two records"),
        ([record("a.pdf", "abc", spans=())], "page spans of /data/a.pdf"),
        ([record("a.pdf", "abc", spans=(PageSpan(start=0, end=4, page_number=1),))], "page spans"),
        ([record("a.pdf", "abc", spans=(PageSpan(start=1, end=3, page_number=1),))], "page spans"),
    ],
)
def test_what_does_not_add_up_is_not_published(tmp_path, records, message):
    publish([record("old.pdf", "old")], context(tmp_path), Publish())
    before = snapshot(tmp_path / "dataset")
    with pytest.raises(RunError, match=message):
        publish(records, context(tmp_path), Publish())
    assert snapshot(tmp_path / "dataset") == before


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
