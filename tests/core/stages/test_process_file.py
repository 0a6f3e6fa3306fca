from __future__ import annotations

import threading
from pathlib import Path

import pytest

import olmocr_core
from olmocr_core import process_pdf_file, process_pdf_file_async
from olmocr_core.domain.errors import UnreadableDocument, UsageError
from olmocr_core.domain.settings import Settings
from olmocr_core.engines.scripted import ScriptedEngine

SETTINGS = Settings.model_validate({"engine": "instant", "orchestration": {"workers": 1}})


@pytest.fixture
def paper(samples: Path) -> Path:
    return samples / "code_and_formula.pdf"


def test_one_document_outside_a_loop(paper: Path) -> None:
    record = process_pdf_file(paper, settings=SETTINGS)
    assert (record.status, record.page_count, record.kind) == ("kept", 2, "pdf")
    assert record.text.count("\n") == 1
    assert [page.status for page in record.pages] == ["ok", "ok"]
    assert record.sources[0].name == "code_and_formula.pdf"


async def test_inside_a_loop_both_give_the_same_record(paper: Path) -> None:
    blocking = process_pdf_file(str(paper), settings=SETTINGS)
    assert await process_pdf_file_async(paper, settings=SETTINGS) == blocking
    assert not [thread for thread in threading.enumerate() if thread.name == "process_pdf_file"]


def test_an_image_is_a_document(samples: Path) -> None:
    record = process_pdf_file(samples / "phototest.tif", settings=SETTINGS)
    assert (record.status, record.kind, record.page_count) == ("kept", "image", 1)


def test_a_workspace_makes_the_second_call_read_nothing(paper: Path, tmp_path: Path) -> None:
    first = process_pdf_file(paper, settings=SETTINGS, workspace=tmp_path)
    engine = ScriptedEngine(name="instant")
    assert process_pdf_file(paper, settings=SETTINGS, workspace=tmp_path, engine=engine) == first
    assert engine.calls == 0


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("missing.pdf", None, "no such file"),
        ("empty.pdf", b"", "empty"),
        ("page.pdf", b"<html>hello", "PDF|image|type"),
    ],
)
def test_what_is_no_document_is_said_by_name(tmp_path: Path, name: str, data: bytes | None, message: str) -> None:
    path = tmp_path / name
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(UnreadableDocument, match=message):
        process_pdf_file(path, settings=SETTINGS)


def test_a_folder_is_no_document(tmp_path: Path) -> None:
    with pytest.raises(UnreadableDocument, match="no such file"):
        process_pdf_file(tmp_path, settings=SETTINGS)


def test_a_broken_document_comes_back_as_a_record(paper: Path, tmp_path: Path) -> None:
    (tmp_path / "cut.pdf").write_bytes(paper.read_bytes()[:2000])
    record = process_pdf_file(tmp_path / "cut.pdf", settings=SETTINGS)
    assert record.status == "failed"
    assert record.reasons
    assert record.text == ""


def test_settings_come_from_the_environment(paper: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLMOCR_ENGINE", "none such")
    with pytest.raises(UsageError, match="engine"):
        process_pdf_file(paper)


def test_the_package_offers_both_and_nothing_by_accident() -> None:
    assert set(olmocr_core.__all__) == {"process_pdf_file", "process_pdf_file_async"}
    with pytest.raises(AttributeError, match="process_docx"):
        olmocr_core.process_docx  # noqa: B018
