from __future__ import annotations

import pytest
from bs4 import BeautifulSoup

from olmocr_core.domain.models import ErrorInfo, PageSummary
from olmocr_core.engines.scripted import ScriptedEngine, answer
from olmocr_core.report.markdown import PAGE_CHARS
from service.page import page_views
from service.page.page_views import ReadPage, make_page_view
from tests.service.conftest import Opener, first_page
from tests.service.documents import PAPER, PATH, send
from tests.service.engines import Held

READ = PageSummary(page_number=3, status="ok", route="ocr", engine="cpu:x", attempts=1, signals={"ink_share": 0.25})
HARMLESS = {"p", "table", "tbody", "tr", "td", "span", "math", "mrow", "mi", "mo", "code"}


def test_a_view_says_how_a_page_was_read() -> None:
    shown = make_page_view(ReadPage(READ.model_copy(update={"notes": ("Two columns.",)}), "A line."))
    assert (shown.page, shown.kind, shown.label, shown.notes, shown.error) == (3, "ocr", "OCR", ("Two columns.",), None)
    assert (shown.text, shown.html, shown.cut) == ("A line.", "<p>A line.</p>\n", 0)
    assert shown.signals == {"ink share": "0.25"}
    assert "cpu:x" in shown.facts


def test_a_page_that_failed_says_why() -> None:
    error = ErrorInfo(code="page_hopeless", message="Nothing could read it.")
    shown = make_page_view(ReadPage(READ.model_copy(update={"status": "failed", "error": error}), ""))
    assert (shown.label, shown.error, shown.html) == ("Failed", "Nothing could read it.", "")


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[a](javascript:alert(1)) ![b](http://other.host/b.png)",
        "<table onclick=alert(1)><tr><td style='background:url(http://other.host)'>1</td></tr></table>",
        "<svg/onload=alert(1)> <iframe src=//other.host></iframe> <a href=//other.host>x</a>",
        "$\\href{javascript:alert(1)}{x}$",
    ],
)
def test_what_a_model_answers_cannot_act(text: str) -> None:
    parsed = BeautifulSoup(make_page_view(ReadPage(READ, text)).html, "html.parser")
    assert {tag.name for tag in parsed.find_all()} <= HARMLESS
    assert {name for tag in parsed.find_all() for name in tag.attrs} <= {"class", "display"}


def test_a_long_page_is_drawn_in_part_and_given_whole() -> None:
    shown = make_page_view(ReadPage(READ, "word " * PAGE_CHARS))
    assert (shown.cut, len(shown.text)) == (4 * PAGE_CHARS, 5 * PAGE_CHARS)
    assert len(shown.html) < 2 * PAGE_CHARS


def test_a_page_that_cannot_be_drawn_is_shown_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(text: str) -> str:
        raise RecursionError

    monkeypatch.setattr(page_views, "_render", fail)
    assert "<pre>a &lt;b&gt;</pre>" in make_page_view(ReadPage(READ, "a <b>")).html


async def test_a_page_is_shown_while_others_are_read_and_after_the_end(local: Opener) -> None:
    engine = Held()
    async with local(engine) as client:
        job_id = (await send(client, PAPER)).json()["id"]
        await first_page(client, job_id)
        place = f"/page/documents/{job_id}/pages"
        assert (await client.get(f"{place}/1")).json()["text"].startswith("Page 1 of document")
        assert (await client.get(f"{place}/2")).status_code == 404
        engine.release()
        await client.get(f"{PATH}/{job_id}", params={"wait": 20})
        assert (await client.get(f"{place}/2")).json()["kind"] == "model"
        assert (await client.get(f"{place}/3")).status_code == 404


async def test_after_the_end_a_page_has_the_text_of_its_document(local: Opener) -> None:
    engine = ScriptedEngine(lambda request, call: answer("Body.\n\n\n\n- [x] done  "), name="instant")
    async with local(engine) as client:
        job = (await send(client, PAPER, wait=20)).json()
        pages = (await client.get(job["links"]["result"], params={"format": "json"})).json()["pages"]
        shown = (await client.get(f"/page/documents/{job['id']}/pages/1")).json()
        assert shown["text"] == pages[0]["text"]
