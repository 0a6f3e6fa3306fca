"""Write a benchmark's report: an HTML page with all scores, and each page that failed a check beside its texts.

The output of tools is hostile: it is shown as plain text, and the page's policy forbids scripts and external content.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from olmocr_core.bench.checks import MathCheck
from olmocr_core.bench.data import BenchData
from olmocr_core.bench.equation_checker import EquationChecker
from olmocr_core.bench.math.checker import KatexChecker
from olmocr_core.bench.result import BenchResult, CheckResult
from olmocr_core.bench.texts import CandidateTexts
from olmocr_core.domain.errors import OlmocrError
from olmocr_core.report.thumbnail import make_thumbnail, to_data_url
from olmocr_core.storage.files import open_atomic

MAX_PAGES = 200
MAX_EXPLAINED = 500
MAX_CHARS = 20_000
_SIDE = 1_000
_SECONDS = 30.0
_STYLE = """
main table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
main th, main td { padding: 4px 12px; text-align: right; border-bottom: 1px solid var(--line); }
main th:first-child, main td:first-child { text-align: left; }
.sides { display: grid; grid-template-columns: minmax(0, 2fr) minmax(0, 3fr); gap: 24px; align-items: start; }
.sides img { width: 100%; border: 1px solid var(--line); }
.sides figure { margin: 4px 0 8px; } .sides figure img { width: auto; max-width: 100%; display: block; background: #fff; }
.sides pre { white-space: pre-wrap; max-height: 28em; overflow: auto; border: 1px solid var(--line); padding: 10px; }
.bad { color: var(--failed); }
"""
_TEMPLATE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Benchmark</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<style>{{ style }}</style></head><body><header class="top"><h1>Benchmark</h1>
<p class="run">{{ data.folder.name }}, {{ data.checks|length }} checks on {{ data.pdfs|length }} PDFs
{{ ", counted as the published scorer does" if compat }}</p></header><main>
<section><table><tr><th>candidate</th>{% for name in names %}<th>{{ name }}</th>{% endfor %}
<th>mean</th><th>95% interval</th><th>s a page</th></tr>
{% for result in results %}<tr><td>{{ result.candidate }}</td>
{% for name in names %}{% set score = result.categories.get(name) %}
<td>{% if score and score.judged %}{{ "%.1f%%"|format(100 * score.rate) }}
<span class="quiet">{{ score.passed }}/{{ score.judged }}</span>
{% else %}–{% endif %}</td>{% endfor %}
<td><b>{{ "%.1f%%"|format(100 * result.mean) }}</b></td>
<td>{{ "%.1f to %.1f%%"|format(100 * result.interval[0], 100 * result.interval[1]) }}</td>
<td>{{ "–" if result.seconds_per_page is none else "%.2f"|format(result.seconds_per_page) }}</td></tr>
{% endfor %}</table></section>
{% for page in pages %}<section><h2>{{ page.pdf }}, page {{ page.number }}</h2><div class="sides">
<div>{% if page.image %}<img loading="lazy" alt="the page" src="{{ page.image }}">{% else %}no image{% endif %}</div>
<div>{% for name, failures, text in page.sides %}<details {{ "open" if loop.first }}><summary><b>{{ name }}</b>,
{{ failures|length }} failed</summary><ul>{% for check in failures %}
<li><span class="bad">{{ check.type }}</span> <code>{{ check.id }}</code> {{ check.explanation }}
{% for drawn in explain(check, text) %}<figure><figcaption>{{ drawn.about }}: <code>{{ drawn.latex or "nothing" }}</code>
</figcaption>{% if drawn.image %}<img alt="{{ drawn.latex }}" src="{{ drawn.image }}">{% elif drawn.latex %}
<span class="quiet">cannot be rendered</span>{% endif %}</figure>{% endfor %}</li>{% endfor %}</ul>
<pre>{{ text }}</pre></details>{% endfor %}</div></div></section>{% endfor %}
{% if left_out %}<p class="quiet">{{ left_out }} more pages with failed checks are not shown.</p>{% endif %}
</main></body></html>"""


@dataclass(frozen=True, slots=True)
class _Page:
    """A page with its image and, for each candidate, its failed checks and the text of its first repeat."""

    pdf: str
    number: int
    image: str | None
    sides: tuple[tuple[str, tuple[CheckResult, ...], str], ...]


def write_report(
    out: Path,
    data: BenchData,
    results: Sequence[BenchResult],
    candidates: Sequence[CandidateTexts],
    math: EquationChecker | None = None,
) -> None:
    """Write the report with at most 200 failed pages; their images need Poppler. Raises OSError.

    If ``math`` can render equations, a failed equation check shows the reference beside the nearest equation.
    """
    failed = sorted({(check.pdf, check.page) for r in results for check in r.results if check.passed is False})
    shown = failed[:MAX_PAGES]
    values = {
        "style": files("olmocr_core.report").joinpath("report.css").read_text("utf-8") + _STYLE,
        "data": data,
        "names": sorted({name for result in results for name in result.categories}),
        "results": sorted(results, key=lambda result: -result.mean),
        "compat": any(result.compat for result in results),
        "pages": _pages(data, shown, results, candidates),
        "explain": EquationExplainer(data, math).explain,
        "left_out": len(failed) - len(shown),
    }
    with open_atomic(out) as stream:
        for chunk in _render(values):
            stream.write(chunk.encode("utf-8", "replace"))


def _render(values: dict[str, Any]) -> Iterator[str]:
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    values["style"] = Markup(values["style"])
    environment = Environment(autoescape=True, undefined=StrictUndefined)
    yield from environment.from_string(_TEMPLATE).generate(**values)


def _pages(
    data: BenchData,
    shown: Sequence[tuple[str, int]],
    results: Sequence[BenchResult],
    candidates: Sequence[CandidateTexts],
) -> Iterator[_Page]:
    for pdf, number in shown:
        sides = tuple(
            (result.candidate, _failures(result, pdf, number), _text(candidate, pdf, number))
            for result, candidate in zip(results, candidates, strict=True)
        )
        yield _Page(pdf, number, _render_page(data.folder / "pdfs" / pdf, number), sides)


def _failures(result: BenchResult, pdf: str, number: int) -> tuple[CheckResult, ...]:
    on_page = (check for check in result.results if (check.pdf, check.page) == (pdf, number))
    return tuple(check for check in on_page if check.passed is False)


def _text(candidate: CandidateTexts, pdf: str, number: int) -> str:
    repeats = candidate.texts.get((pdf, number), ())
    return repeats[0][:MAX_CHARS] if repeats else "(no text)"


def _render_page(pdf: Path, number: int) -> str | None:
    from olmocr_core.pdf import poppler

    if not poppler.is_installed():
        return None
    try:
        image = poppler.draw_with_poppler(str(pdf), number, _SIDE, "", _SECONDS)
    except OlmocrError:
        return None
    encoded = io.BytesIO()
    image.convert("RGB").save(encoded, "JPEG", quality=80)
    small = make_thumbnail(encoded.getvalue())
    return to_data_url(small) if small else None


@dataclass(frozen=True, slots=True)
class RenderedEquation:
    """One equation: its LaTeX, and an image as a data URL if it can be rendered."""

    about: str
    latex: str
    image: str | None


class EquationExplainer:
    """Renders the equations of the first 500 failures, if the checker can render."""

    def __init__(self, data: BenchData, checker: EquationChecker | None) -> None:
        self._checks = {(name, check.id): check for name, check in data.checks if isinstance(check, MathCheck)}
        self._checker = checker if isinstance(checker, KatexChecker) else None
        self._left = MAX_EXPLAINED

    def explain(self, failed: CheckResult, text: str) -> tuple[RenderedEquation, ...]:
        """Render the check's reference and the nearest equation of the page; nothing for other types of checks."""
        check = self._checks.get((failed.category, failed.id))
        if check is None or self._checker is None or not self._left:
            return ()
        self._left -= 1
        nearest = self._checker.find_nearest(check.math, text, ignore_dollar_delimited=check.ignore_dollar_delimited)
        return (self._render("expected", check.math), self._render("nearest on the page", nearest))

    def _render(self, about: str, latex: str) -> RenderedEquation:
        image = self._checker.renderer.screenshot(latex) if self._checker and latex else None
        return RenderedEquation(
            about, latex, f"data:image/png;base64,{base64.b64encode(image).decode('ascii')}" if image else None
        )
