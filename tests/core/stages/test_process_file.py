from __future__ import annotations

import re
import threading
from pathlib import Path

import pytest

import olmocr_core
from olmocr_core import process_pdf_file, process_pdf_file_async
from olmocr_core.domain.errors import UnreadableDocument, UsageError
from olmocr_core.domain.models import Completion, DocumentRecord
from olmocr_core.domain.ports import PageRequest
from olmocr_core.domain.settings import Settings
from olmocr_core.engines.scripted import ScriptedEngine, answer
from tests.core.pdf.damaged_scans import CODECS, DAMAGES, destroy, encode, scan_pdf, scanned

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
    assert not [thread for thread in threading.enumerate() if thread.name == "olmocr-reader"]


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


def test_the_package_offers_these_and_nothing_by_accident() -> None:
    assert set(olmocr_core.__all__) == {
        "open_reader",
        "open_reader_sync",
        "process_pdf_file",
        "process_pdf_file_async",
    }
    with pytest.raises(AttributeError, match="process_docx"):
        olmocr_core.process_docx  # noqa: B018


def no_text_in_noise(request: PageRequest, call: int) -> Completion:
    return answer("words of the scan" if request.page.page_number in (1, 3) else "")


def read_scans(folder: Path, *pages: tuple[str, bytes]) -> DocumentRecord:
    (folder / "scan.pdf").write_bytes(scan_pdf(pages))
    return process_pdf_file(folder / "scan.pdf", settings=SETTINGS, engine=ScriptedEngine(no_text_in_noise))


@pytest.mark.parametrize("codec", ["jpeg", "ccitt"])
def test_a_destroyed_page_of_a_scan_is_named(tmp_path: Path, codec: str) -> None:
    whole = encode(scanned("words of the scan"), codec)
    record = read_scans(tmp_path, (codec, whole), (codec, destroy(whole, "randomised")), (codec, whole))
    assert (record.status, [page.status for page in record.pages]) == ("partial", ["ok", "failed", "ok"])
    assert record.pages[1].error is not None
    assert record.pages[1].error.code == "damaged_image"
    assert len(record.reasons) == 1
    assert re.fullmatch(
        r"page 2 failed: page 2 of scan.pdf: an image on it \((JPEG|fax), 850 x 1100 pixels\) cannot be decoded: .*",
        record.reasons[0],
    )


def test_no_destroyed_scan_passes_for_blank(tmp_path: Path) -> None:
    whole = {codec: encode(scanned("words of the scan"), codec) for codec in CODECS}
    kinds = [(codec, damage) for codec in CODECS for damage in DAMAGES]
    blank = [(codec, encode(scanned(""), codec)) for codec in CODECS]
    record = read_scans(tmp_path, *blank, *((codec, destroy(whole[codec], damage)) for codec, damage in kinds))
    assert record.status == "failed"
    found = [page.error.code if page.error else page.status for page in record.pages]
    assert found == ["blank"] * len(blank) + ["damaged_image"] * len(kinds)
