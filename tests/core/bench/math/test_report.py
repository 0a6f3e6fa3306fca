"""The benchmark's report explains a failed check on an equation with what was drawn."""

from __future__ import annotations

import io
import json

import pytest
from PIL import Image

from olmocr_core.bench.data import read_bench
from olmocr_core.bench.judge_math import NoMathJudge
from olmocr_core.bench.math.cache import DrawingCache
from olmocr_core.bench.math.draw import Draughtsman
from olmocr_core.bench.math.judge import KatexJudge, open_judge
from olmocr_core.bench.report import write_report
from olmocr_core.bench.run import score
from olmocr_core.bench.texts import Candidate


@pytest.fixture
def data(tmp_path):
    (tmp_path / "pdfs").mkdir()
    (tmp_path / "pdfs" / "a.pdf").write_bytes(b"%PDF-1.4")
    check = {"pdf": "a.pdf", "page": 1, "id": "m1", "type": "math", "math": "a b"}
    (tmp_path / "math.jsonl").write_text(json.dumps(check) + "\n")
    return read_bench(tmp_path)


def report(data, judge, text):
    candidate = Candidate("mine", {("a.pdf", 1): (text,)})
    out = data.folder / "report.html"
    write_report(out, data, [score(data, candidate, math=judge)], [candidate], judge)
    return out.read_text()


@pytest.fixture
def judge(files, browsers, tmp_path):
    return KatexJudge(Draughtsman(files, browsers.start, DrawingCache(tmp_path / "c", with_fonts=True)))


def test_both_equations_are_drawn(data, judge):
    html = report(data, judge, "$zzz$ and $a c$")
    assert html.count("data:image/png;base64,") == 2
    assert "asked for: <code>a b</code>" in html
    assert "nearest on the page: <code>a c</code>" in html


def test_what_cannot_be_drawn_is_told_and_hostile_latex_is_text(data, judge):
    html = report(data, judge, "$error <script>$")
    assert html.count("data:image/png;base64,") == 1
    assert "cannot be drawn" in html
    assert "<script>" not in html
    assert "nearest on the page: <code>nothing</code>" in report(data, judge, "no equation")


def test_a_passed_check_and_a_judge_that_draws_nothing_show_nothing(data, judge):
    assert "asked for" not in report(data, judge, "$a b$")
    assert "asked for" not in report(data, NoMathJudge(), "$a c$")


def test_the_picture_is_of_the_equation(program, katex, tmp_path):
    judge = open_judge(cache=tmp_path)
    pictures = {latex: judge.draughtsman.picture(latex) for latex in ("x", r"\sum_{i=1}^{n} x_i = y")}
    judge.close()
    sizes = {latex: Image.open(io.BytesIO(png or b"")).convert("L") for latex, png in pictures.items()}
    assert all(image.getextrema()[0] < 60 for image in sizes.values())
    small, large = (sizes[latex].size for latex in pictures)
    assert small[0] < large[0] < 400
    assert small[1] < large[1] < 200
