from __future__ import annotations

import io
import json

import pytest
from PIL import Image

from olmocr_core.bench.data import read_bench
from olmocr_core.bench.equation_checker import NoEquationChecker
from olmocr_core.bench.math.cache import DrawingCache
from olmocr_core.bench.math.checker import KatexChecker, open_checker
from olmocr_core.bench.math.renderer import EquationRenderer
from olmocr_core.bench.report import write_report
from olmocr_core.bench.run import score_candidate
from olmocr_core.bench.texts import CandidateTexts


@pytest.fixture
def data(tmp_path):
    (tmp_path / "pdfs").mkdir()
    (tmp_path / "pdfs" / "a.pdf").write_bytes(b"%PDF-1.4")
    check = {"pdf": "a.pdf", "page": 1, "id": "m1", "type": "math", "math": "a b"}
    (tmp_path / "math.jsonl").write_text(json.dumps(check) + "\n")
    return read_bench(tmp_path)


def report(data, checker, text):
    candidate = CandidateTexts("mine", {("a.pdf", 1): (text,)})
    out = data.folder / "report.html"
    write_report(out, data, [score_candidate(data, candidate, math=checker)], [candidate], checker)
    return out.read_text()


@pytest.fixture
def checker(files, browsers, tmp_path):
    return KatexChecker(EquationRenderer(files, browsers.start, DrawingCache(tmp_path / "c", with_fonts=True)))


def test_both_equations_are_rendered(data, checker):
    html = report(data, checker, "$zzz$ and $a c$")
    assert html.count("data:image/png;base64,") == 2
    assert "expected: <code>a b</code>" in html
    assert "nearest on the page: <code>a c</code>" in html


def test_equations_that_cannot_be_rendered_are_marked_and_hostile_latex_is_text(data, checker):
    html = report(data, checker, "$error <script>$")
    assert html.count("data:image/png;base64,") == 1
    assert "cannot be rendered" in html
    assert "<script>" not in html
    assert "nearest on the page: <code>nothing</code>" in report(data, checker, "no equation")


def test_a_passed_check_and_a_checker_without_a_renderer_show_nothing(data, checker):
    assert "expected:" not in report(data, checker, "$a b$")
    assert "expected:" not in report(data, NoEquationChecker(), "$a c$")


def test_the_picture_is_of_the_equation(program, katex, tmp_path):
    checker = open_checker(cache=tmp_path)
    pictures = {latex: checker.renderer.screenshot(latex) for latex in ("x", r"\sum_{i=1}^{n} x_i = y")}
    checker.close()
    sizes = {latex: Image.open(io.BytesIO(png or b"")).convert("L") for latex, png in pictures.items()}
    assert all(image.getextrema()[0] < 60 for image in sizes.values())
    small, large = (sizes[latex].size for latex in pictures)
    assert small[0] < large[0] < 400
    assert small[1] < large[1] < 200


def test_failed_pages_are_shown_with_their_texts_and_counted_beyond_the_limit(data, monkeypatch):
    monkeypatch.setattr("olmocr_core.bench.report.MAX_PAGES", 1)
    (data.folder / "pdfs" / "b.pdf").write_bytes(b"%PDF-1.4")
    check = {"page": 1, "type": "present", "text": "needle"}
    lines = [json.dumps({**check, "pdf": pdf, "id": pdf}) for pdf in ("a.pdf", "b.pdf")]
    (data.folder / "math.jsonl").write_text("\n".join(lines))
    html = report(read_bench(data.folder), NoEquationChecker(), "hay <b>& more</b>")
    assert "a.pdf, page 1" in html
    assert "b.pdf, page 1" not in html
    assert "hay &lt;b&gt;&amp; more&lt;/b&gt;" in html
    assert "1 more pages with failed checks are not shown" in html
