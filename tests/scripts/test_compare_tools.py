import json
from pathlib import Path
from typing import Any

import pytest

from olmocr_core.domain.models import DocumentRecord, DocumentStatus, PageSpan, Source
from olmocr_core.storage.runs import Workspace
from scripts.compare_tools import main, score
from scripts.expectations import Document, Reading, load_documents, load_expectations
from scripts.quality.ours import is_workspace, read_folder, read_workspace
from scripts.quality.scoreboard import format_scoreboard, list_kinds


def test_kinds_come_from_tags_and_files() -> None:
    assert list_kinds(Document("pdfs/a.pdf", Path("a.pdf"), 1, ("tables", "scan"))) == ["scan", "tables"]
    assert list_kinds(Document("images/b.tif", Path("b.tif"), None, ("noisy",))) == ["image"]
    assert list_kinds(Document("pdfs/a.pdf", Path("a.pdf"), 1, ("simple",))) == ["other"]


def reading(text: str, seconds: float = 0.0) -> Reading:
    return Reading((text,), paged=False, pages=None, seconds=seconds)


def test_the_scoreboard_names_where_ours_is_not_first(small_corpus: Path) -> None:
    ours = {"pdfs/a.pdf": reading("one"), "images/b.png": reading("86.00")}
    rival = {"pdfs/a.pdf": reading("one two words", 3.0), "images/b.png": reading("")}
    board = score(load_documents(small_corpus), load_expectations(small_corpus), {"ours": ours, "rival": rival})
    text = format_scoreboard(board)
    assert "| born-digital (1) | 3/6 | **5/6** |" in text
    assert "| image (1) | **2/2** | 0/2 |" in text
    assert "| seconds a page | - | 1.50 |" in text
    assert "- born-digital: rival holds 2 more; a (2 behind rival)" in text
    assert "- image:" not in text
    assert "- appears must_appear:2: 'two' is missing" in text


def test_a_folder_of_markdown_is_read_by_document(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a.md").write_text("of a")
    (tmp_path / "b.png.md").write_text("of b")
    names = ("pdfs/a.pdf", "images/b.png", "pdfs/c.pdf")
    found = read_folder(tmp_path, [Document(name, Path(name), 1, ()) for name in names])
    assert [found[name].whole for name in names] == ["of a", "of b", ""]
    assert found["pdfs/c.pdf"].error == "no Markdown file"
    with pytest.raises(FileNotFoundError, match=r"has no \.md file"):
        read_folder(tmp_path / "deep" / "nothing", [])


def test_a_workspace_is_read_by_its_latest_run(tmp_path: Path) -> None:
    (tmp_path / "reports" / "latest").mkdir(parents=True)
    (tmp_path / "runs" / "r1").mkdir(parents=True)
    report = {"run": "r1", "seconds": 8.0, "pages": {"from_cache": 0}}
    (tmp_path / "reports" / "latest" / "report.json").write_text(json.dumps(report))
    spans = (PageSpan(start=0, end=4, page_number=1), PageSpan(start=4, end=7, page_number=2))
    records = [
        record("a.pdf", "kept", text="one\ntwo", spans=spans, page_count=2),
        record("b.pdf", "duplicate", text="one\ntwo", spans=spans, page_count=1),
        record("c.pdf", "held_back", text="one\ntwo", spans=spans, page_count=1, reasons=("too short",)),
    ]
    folder = Workspace(tmp_path).run("r1")
    folder.write_records("00000", records)
    folder.write_judged(folder.outcomes())
    names = ("pdfs/a.pdf", "pdfs/b.pdf", "pdfs/c.pdf", "pdfs/d.pdf")
    assert is_workspace(tmp_path)
    found = read_workspace(tmp_path, [Document(name, Path(name), 1, ()) for name in names])
    assert [found[name].whole for name in names] == ["one\n\ntwo", "one\n\ntwo", "", ""]
    assert found["pdfs/a.pdf"].page(2) == "two"
    assert [found[name].seconds for name in names] == [4.0, 2.0, 2.0, 0.0]
    assert [found[name].error for name in names[2:]] == ["held_back: too short", "not among the run's documents"]


def record(name: str, status: DocumentStatus, **fields: Any) -> DocumentRecord:
    source = Source(uri=f"/in/{name}", name=name)
    return DocumentRecord(doc_id=name, sources=(source,), kind="pdf", status=status, **fields)


def test_the_command_scores_a_folder(small_corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    texts = tmp_path / "texts"
    texts.mkdir()
    (texts / "a.md").write_text("one two words")
    results = tmp_path / "results.json"
    command = ["--corpus", str(small_corpus), "--tools", "ours", "--ours-from", str(texts), "--json", str(results)]
    assert main(command) == 0
    assert "| **all documents** | **5/8** |" in capsys.readouterr().out
    assert {entry["tool"] for entry in json.loads(results.read_text())["results"]} == {"ours"}


def test_the_command_reports_errors(small_corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--corpus", str(tmp_path / "none")]) == 2
    assert "OLMOCR_CORPUS" in capsys.readouterr().err
    assert main(["--corpus", str(small_corpus), "--tools", "abbyy"]) == 1
    assert "unknown tools: abbyy" in capsys.readouterr().err


def test_tools_that_are_missing_are_left_out_with_advice(
    small_corpus: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(small_corpus))
    assert main(["--corpus", str(small_corpus), "--tools", "pdftotext", "--work", str(small_corpus)]) == 1
    said = capsys.readouterr().err
    assert "pdftotext is left out: pdftotext not found" in said
    assert "apt-get install poppler-utils" in said
