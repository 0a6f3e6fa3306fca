from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
import re

from hypothesis import given, settings
from hypothesis import strategies as st

from olmocr_core.documents.counts import count_documents
from olmocr_core.domain.models import DocumentRecord, ErrorInfo, PageSummary, Source
from olmocr_core.domain.settings import Settings
from olmocr_core.report import build
from olmocr_core.report.build import build_report
from olmocr_core.report.context import ReportContext
from olmocr_core.report.markdown import make_markdown_renderer
from olmocr_core.report.views import NOT_DRAWN
from tests.core.report.examples import document, jpeg

EVIL = '<script>alert("x")</script>"><img src=x onerror=alert(1)>'


def built(tmp_path, records, images=lambda doc_id, page: None, **context) -> tuple[str, dict]:
    counts = count_documents(records)
    values = {"run": "r1", "status": "completed", "created": "2026-01-02T03:04:05+00:00", "seconds": 8.0} | context
    build_report(ReportContext(counts=counts, **values), lambda: iter(records), images, tmp_path)
    return (tmp_path / "report.html").read_text("utf-8"), json.loads((tmp_path / "report.json").read_text("utf-8"))


def test_the_json_has_exactly_the_promised_shape(tmp_path):
    records = [document("a.pdf", texts=("one", "two")), document("b.pdf", "failed", (), reasons=("needs a password",))]
    _, report = built(tmp_path, records)
    assert list(report) == ["run", "status", "counts", "pages", "seconds", "pages_per_second", "documents"]
    assert report["counts"] == {
        "documents": 2, "kept": 1, "partial": 0, "blank": 0, "held_back": 0, "failed": 1, "duplicate": 0
    }  # fmt: skip
    assert report["pages"] == {
        "total": 2, "from_cache": 0, "blank": 0, "text_layer": 0, "ocr": 2, "model": 0, "fallback": 0, "failed": 0
    }  # fmt: skip
    assert report["pages_per_second"] == 0.25
    assert report["documents"][1] == {
        "source": "/data/b.pdf", "doc_id": records[1].doc_id, "status": "failed", "pages": 0,
        "reasons": ["needs a password"],
    }  # fmt: skip


def test_the_page_is_self_contained_and_its_policy_allows_its_script_and_style(tmp_path):
    html, _ = built(tmp_path, [document("a.pdf")], lambda doc_id, page: jpeg())
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', html)[1].replace("&#39;", "'")
    for tag in ("script", "style"):
        (content,) = re.findall(rf"<{tag}>(.*?)</{tag}>", html, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'; img-src data:;")
    assert not re.search(r"\b(?:src|href)=\"(?!data:image/jpeg;base64,|#)", html)
    assert 'style="' not in html
    assert "url(" not in html


def test_hostile_text_is_inert_everywhere(tmp_path):
    page = PageSummary(
        page_number=1, status="failed", route="none", engine=EVIL, attempts=1, notes=(EVIL,), signals={EVIL: EVIL},
        error=ErrorInfo(code="x", message=EVIL),
    )  # fmt: skip
    records = [
        document(EVIL, "held_back", (EVIL,), reasons=(EVIL,), notes=(EVIL,), pages=(page,)),
        document("duplicate.pdf", "duplicate", (EVIL,), reasons=(EVIL,)),
    ]
    html, report = built(tmp_path, records, run=EVIL, status=EVIL, engines=(EVIL,), sources=(EVIL,), dataset=EVIL)
    assert html.count("<script") == 1
    assert "<img" not in html
    assert report["documents"][0]["reasons"] == [EVIL]


def test_every_document_is_in_the_table_with_its_reasons(tmp_path):
    records = [document(f"folder/{n}.pdf", "partial", reasons=(f"page {n} failed",)) for n in range(30)]
    html, _ = built(tmp_path, records)
    assert html.count("<tr data-s=") == 30
    for n in range(30):
        assert f"page {n} failed" in html


def test_failures_come_first_and_long_lists_are_cut_with_a_count(tmp_path):
    records = [document("good.pdf"), *(document(f"{n}.pdf", "failed", (), reasons=("is broken",)) for n in range(40))]
    html, _ = built(tmp_path, records)
    assert html.index("is broken") < html.index('id="documents"')
    assert "15 more documents of this kind" in html


def test_pages_are_shown_beside_their_text(tmp_path):
    asked = []

    def images(doc_id: str, page: int) -> bytes:
        asked.append((doc_id, page))
        return jpeg()

    record = document("a.pdf", texts=("# First", "Second **bold**"))
    html, _ = built(tmp_path, [record], images)
    assert asked == [(record.doc_id, 1), (record.doc_id, 2)]
    assert html.index("Image of page 1") < html.index("<h1>First</h1>") < html.index("Image of page 2")
    assert "<strong>bold</strong>" in html


def test_report_pages_limits_the_pages_and_says_so(tmp_path):
    settings = Settings.model_validate({"orchestration": {"report_pages": 3}})
    records = [document(f"{n}.pdf", texts=("x", "y")) for n in range(5)]
    html, _ = built(tmp_path, records, settings=settings)
    assert html.count('<section class="page">') == 3
    assert "7 pages are left out" in html
    none = Settings.model_validate({"orchestration": {"report_pages": 0}})
    assert '<section class="page">' not in built(tmp_path, records, settings=none)[0]


def test_missing_and_broken_images_are_left_out(tmp_path):
    html, _ = built(
        tmp_path,
        [document("a.pdf", texts=("one", "two"))],
        lambda doc_id, page: b"\xff\xd8 torn" if page == 1 else None,
    )
    assert html.count("No image of this page") == 2
    assert "2 pages above came without an image" in html


def test_the_images_stay_within_their_budget(tmp_path, monkeypatch):
    monkeypatch.setattr("olmocr_core.report.views.IMAGE_BYTES", 100_000)
    html, _ = built(tmp_path, [document("a.pdf", texts=("x",) * 20)], lambda doc_id, page: jpeg())
    assert 1 <= html.count("<img ") <= 2
    assert "came without an image" in html


def test_documents_without_an_identity_have_a_row(tmp_path):
    problem = DocumentRecord(
        doc_id="",
        sources=(Source(uri="/data/gone.pdf", name="gone.pdf"),),
        kind=None,
        status="failed",
        reasons=("gone",),
    )
    html, report = built(tmp_path, [problem, problem])
    assert html.count("<tr data-s=") == 2
    assert report["counts"]["failed"] == 2


def test_an_empty_run_has_a_report(tmp_path):
    html, report = built(tmp_path, [], seconds=0.0)
    assert "0 documents, 0 pages" in html
    assert report["pages_per_second"] == 0.0


def test_the_report_of_two_thousand_documents_stays_small(tmp_path):
    html, report = built(tmp_path, [document(f"box/{n}.pdf") for n in range(2000)])
    assert len(report["documents"]) == 2000
    assert html.count("<tr data-s=") == 2000
    assert len(html) < 1_500_000


PIECES = [
    EVIL,
    "&#xe000;3&#xe001;",
    "$a$",
    "\\(",
    "{{ 7*7 }}",
    "{% raise %}",
    "[/b]",
    "\x1b[2J",
    "</td>",
    "</table>",
    "|",
    "\n",
]
OUTSIDE = st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=8).map("".join)


@settings(max_examples=20)
@given(name=OUTSIDE, reason=OUTSIDE, text=OUTSIDE)
def test_any_name_reason_and_text_is_shown_and_never_obeyed(tmp_path_factory, name, reason, text):
    page = PageSummary(
        page_number=1, status="fallback", route="none", engine=name, attempts=2, notes=(reason,), signals={name: reason},
        error=ErrorInfo(code="x", message=reason),
    )  # fmt: skip
    records = [document(f"x{name}", "held_back", (text,), reasons=(reason,), notes=(reason,), pages=(page,))]
    html, report = built(tmp_path_factory.mktemp("report"), records, engines=(name,), sources=(name,))
    assert html.count("<script") == 1
    assert "<img" not in html
    assert len(report["documents"]) == 1


def test_a_page_that_cannot_be_drawn_says_so_and_the_others_are_drawn(tmp_path, monkeypatch):
    real = make_markdown_renderer()

    def parse(text: str) -> str:
        if "poison" in text:
            raise RuntimeError("a fault of a library")
        return real.parse(text)

    monkeypatch.setattr(build, "make_markdown_renderer", lambda: dataclasses.replace(real, parse=parse))
    html, _ = built(tmp_path, [document("a.pdf", texts=("**first**", f"poison {EVIL}", "**last**"))])
    assert html.count(NOT_DRAWN.replace("'", "&#39;")) == 1
    assert "<pre>poison &lt;script&gt;" in html
    assert "<strong>first</strong>" in html
    assert "<strong>last</strong>" in html
    assert html.count("<script") == 1
