"""Records and page images for the tests of reports."""

from __future__ import annotations

import hashlib
import io

from PIL import Image

from olmocr_core.documents.assembly import join_pages
from olmocr_core.domain.models import DocumentRecord, PageSummary, Source


def document(name: str, status: str = "kept", texts: tuple[str, ...] = ("Some text.",), **fields) -> DocumentRecord:
    text, spans = join_pages(texts)
    summaries = fields.pop("pages", None) or tuple(
        PageSummary(page_number=n, status="ok", route="ocr", engine="cpu", attempts=1) for n in range(1, len(texts) + 1)
    )
    return DocumentRecord(
        doc_id=hashlib.sha256(name.encode()).hexdigest(), sources=(Source(uri=f"/data/{name}", name=name),), kind="pdf",
        status=status, text=text, spans=spans, pages=summaries, page_count=len(summaries), **fields,
    )  # fmt: skip


def jpeg(width: int = 994, height: int = 1288) -> bytes:
    out = io.BytesIO()
    Image.effect_noise((width, height), 20).save(out, "JPEG")
    return out.getvalue()
