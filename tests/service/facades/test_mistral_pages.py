from __future__ import annotations

from typing import get_args

from olmocr_core.domain.models import BlockType, DocumentRecord, PageBlock
from service.facades.converted import Converted
from service.facades.mistral_pages import ocr_response
from service.formats.result_pages import ResultPage
from service.jobs.models import Job, JobOptions


def test_every_type_of_block_has_one_of_mistrals() -> None:
    known = {"text", "title", "list", "table", "image", "equation", "caption", "code", "header", "footer"}
    blocks = tuple(PageBlock(type=kind, box=(0, 0, 72, 36), text="a") for kind in get_args(BlockType))
    record = DocumentRecord(doc_id="d", sources=(), kind="pdf", status="kept")
    job = Job(id="a", document="d", options=JobOptions(), filename="a.pdf", size_bytes=7, created=0)
    found = ocr_response(Converted(job, record, [ResultPage(1, "a", (72, 72), blocks)], "a.pdf"), include_blocks=True)
    answered = found["pages"][0]["blocks"]
    assert {block["type"] for block in answered} == known
    assert {(block["bottom_right_x"], block["bottom_right_y"]) for block in answered} == {(200, 100)}
    assert [block["image_id"] for block in answered if block["type"] == "image"] == [""]
