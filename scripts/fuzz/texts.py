"""Targets that take text: answers of models, normal forms, signals of a text, the report's Markdown, names of files."""

from __future__ import annotations

from functools import lru_cache
from html.parser import HTMLParser

from olmocr_core.bench.math.equations import find_equations
from olmocr_core.bench.normalise import keep_letters, normalise_text
from olmocr_core.documents.furniture import is_page_number, normalise_block
from olmocr_core.documents.signals import measure_text, strip_markup
from olmocr_core.domain.text_cleaning import clean_text
from olmocr_core.publish.names import Wanted, markdown_names
from olmocr_core.publish.sanitize import scrub_text, to_json
from olmocr_core.reading.front_matter import (
    MalformedAnswer,
    format_answer,
    parse_answer,
    parse_markdown,
    read_flat_fields,
)
from olmocr_core.reading.repetition import RepetitionDetector
from olmocr_core.reading.text_similarity import measure_recall
from olmocr_core.report.markdown import MarkdownRenderer, make_markdown_renderer, to_mathml
from scripts.fuzz.target import Target

_ANSWER = b"""---
primary_language: en
is_rotation_valid: True
rotation_correction: 0
is_table: False
is_diagram: False
---
# A title

Text with $x^2$ and **bold**, and a table:
<table><tr><td>1</td></tr></table>
"""
_FIELDS = b'primary_language: \'no\' # comment\nis_table: no\n- item\n  key: &a [1, *a]\n"quoted": "x"\n'
_MARKDOWN = rb"""# Heading
| a | b |
| - | - |
| 1 | <b>2</b> |

<table><tr><td colspan="2" onclick="x()">c</td></tr></table> ![figure](page_1_2_3_4.png) [link](javascript:x)
$$\frac{a}{b}$$ \(x_{1}\) \[\begin{matrix}1&2\\3&4\end{matrix}\] $\left( \sqrt{2} \right)$ <script>x()</script> &#57344; ~~no~~
> - 1. `code`
"""
_MARKS = "a\u0301\u0316\u0301 \ufb01 \u00a0\u2028\r\n\ufeff e\u0308\u1100\u1161\u11a8 \u0344\u0958".encode()
_NAMES = "a/b.pdf\nA/B.PDF\na/b.png\n../c\n\u202e.pdf\ncon\n\u00e9.pdf\ne\u0301.pdf\n.md\n".encode()
_SHOWN = frozenset(
    {"script", "iframe", "object", "embed", "style", "link", "meta", "base", "form", "input", "svg", "a", "img"}
)


def text_of(data: bytes) -> str:
    """Any text of Python, surrogates included."""
    return data.decode("utf-8", "surrogateescape" if data[:1] == b"\xff" else "replace")


def run_answer(data: bytes) -> None:
    """An answer that is understood is understood the same once it is written again."""
    text = text_of(data)
    parse_markdown(text)
    once = parse_answer(text)
    assert parse_answer(format_answer(once)) == once


def run_fields(data: bytes) -> None:
    """Every field is a word that stands in the source."""
    for value in read_flat_fields(text_of(data)).values():
        assert len(value) <= len(data)


def run_normal_forms(data: bytes) -> None:
    """Cleaning twice changes nothing more; no form is longer than Unicode allows."""
    text = text_of(data)
    cleaned = clean_text(text)
    assert clean_text(cleaned) == cleaned
    assert len(cleaned) <= 3 * len(text)
    assert len(normalise_text(text)) <= 3 * len(text)
    keep_letters(text)
    to_json({"text": text, text: [text]}).encode("ascii")
    scrub_text(text).encode("utf-8")


def run_signals(data: bytes) -> None:
    """Shares stay between 0 and 1."""
    text = clean_text(text_of(data))
    measure_text(text)
    strip_markup(text)
    is_page_number(text)
    normalise_block(text)
    detector = RepetitionDetector()
    for start in range(0, len(text), 100):
        detector.feed(text[start : start + 100])
    half = len(text) // 2
    assert all(0 <= share <= 1 for share in measure_recall(text[:half], text[half:]))


def run_report(data: bytes) -> None:
    """What the report shows has no script, link, image or handler."""
    _Harmless().feed(_renderer()(text_of(data)))


def run_equations(data: bytes) -> None:
    """Equations are found and converted, or shown as they are."""
    text = text_of(data)
    find_equations(text)
    to_mathml(text[:2_000], block=True)


def run_names(data: bytes) -> None:
    """Each source has a path of its own, inside the folder and short enough for file systems."""
    lines = text_of(data).split("\n")[:200]
    wanted = [Wanted(name, f"file:{number}", f"{number:064x}") for number, name in enumerate(lines)]
    names = markdown_names(wanted)
    assert len({name.casefold() for name in names}) == len(names)
    for name in names:
        assert not name.startswith("/"), name
        assert ".." not in name.split("/"), name
        assert all(0 < len(part.encode()) <= 255 for part in name.split("/")), name


@lru_cache(1)
def _renderer() -> MarkdownRenderer:
    return make_markdown_renderer()


class _Harmless(HTMLParser):
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in _SHOWN, tag
        assert not any(name.startswith("on") or name in ("href", "src", "style") for name, _ in attrs), attrs


TARGETS = (
    Target("answer", run_answer, (_ANSWER, b"```\n" + _ANSWER + b"\n```", b"None", _MARKDOWN), (MalformedAnswer,)),
    Target("fields", run_fields, (_FIELDS, _ANSWER[4:120]), (MalformedAnswer,)),
    Target("normal-forms", run_normal_forms, (_MARKS, "a\u0301".encode() * 40, _MARKDOWN, b"**a** __b__ *c* _d_")),
    Target("signals", run_signals, (_MARKDOWN, b"word word word\n" * 9, b"1 / 12\n\n- 3 -")),
    Target("report", run_report, (_MARKDOWN, b"$a", rb"\(a \[b", b"![[a](", b"> - ", b"<a <b ")),
    Target(
        "equations", run_equations, (rb"\begin{align*}a&=b\end{align*} $5 and $x$", rb"\frac{\sqrt{x}}{\left(y\right)}")
    ),
    Target("names", run_names, (_NAMES, b"a\n" * 9)),
)
