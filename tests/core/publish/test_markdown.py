from __future__ import annotations

from pathlib import Path
from typing import Any

from olmocr_core.domain.models import DocumentRecord, Source
from olmocr_core.domain.settings import Publish
from olmocr_core.publish.markdown import MarkdownWriter
from tests.core.publish.records import context, dolma, markdown, one_of_each, publish, record


def test_a_document_with_two_sources_has_two_markdown_files(tmp_path):
    sources = (Source(uri="/x/a.pdf", name="x/a.pdf"), Source(uri="/y/a.pdf", name="y/a.pdf"))
    publish([record("a.pdf", "text", sources=sources)], context(tmp_path), Publish())
    assert markdown(tmp_path) == {"x/a.md": "text", "y/a.md": "text"}
    (line,) = dolma(tmp_path / "dataset")
    assert line["metadata"]["sources"] == ["/x/a.pdf", "/y/a.pdf"]


def test_collisions_are_seen_across_the_whole_run(tmp_path):
    publish([record("a.pdf", "1"), record("b.pdf", "2"), record("a.png", "3")], context(tmp_path), Publish())
    assert markdown(tmp_path) == {"a.pdf.md": "1", "b.md": "2", "a.png.md": "3"}


def write(tmp_path: Path, *records: DocumentRecord, **known: Any) -> MarkdownWriter:
    (tmp_path / "pending").mkdir()
    writer = MarkdownWriter(tmp_path / "pending", tmp_path / "dataset", **known)
    for one in records:
        writer.add(one)
    return writer


def test_only_documents_with_a_text_and_duplicates_have_a_file(tmp_path):
    files = write(tmp_path, *one_of_each(), record("nameless.pdf", "text", sources=())).finish()
    assert [file.path for file in files] == ["markdown/sub/kept.md", "markdown/partial.md", "markdown/dup.md"]


def test_a_source_keeps_its_path_and_new_ones_avoid_those_that_are_taken(tmp_path):
    writer = write(
        tmp_path, record("a.pdf", "1"), record("b.pdf", "2"), taken=["a.md"], known={"/data/b.pdf": "old/name.md"}
    )
    writer.finish()
    assert writer.paths == {"/data/a.pdf": "markdown/a.pdf.md", "/data/b.pdf": "markdown/old/name.md"}


def test_what_the_dataset_holds_already_is_not_written_again(tmp_path):
    (tmp_path / "dataset/markdown").mkdir(parents=True)
    (tmp_path / "dataset/markdown/a.md").write_text("1")
    files = write(tmp_path, record("a.pdf", "1"), record("b.pdf", "2")).finish()
    assert [file.path for file in files] == ["markdown/a.md", "markdown/b.md"]
    assert [path.name for path in (tmp_path / "pending").rglob("*.md")] == ["b.md"]


def test_a_text_is_written_as_utf_8_whatever_it_holds(tmp_path):
    (file,) = write(tmp_path, record("a.pdf", "\ud800 ü\0")).finish()
    assert (tmp_path / "pending" / file.path).read_bytes() == "\ufffd ü\ufffd".encode()
    assert file.bytes == len("\ufffd ü\ufffd".encode())
