"""Convert a page's Markdown to safe HTML: with tables and equations, without scripts, links and external content.

The text comes from documents and models, so it is hostile. The last step is always one pass of an allow-list sanitiser
over the whole fragment; the page's Content-Security-Policy is the second line of defence.
"""

from __future__ import annotations

import html
import re
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

PAGE_CHARS = 20_000
LATEX_CHARS = 2_000
MAX_SPAN = 100

# Placeholders for equations while Markdown is parsed stand between private-use characters, which are removed from the text.
# Entities bring such characters back, so a placeholder also holds a secret that no text can know.
_OPEN, _CLOSE = "\ue000", "\ue001"
# Neither those nor halves of surrogate pairs, which the sanitiser cannot take.
_UNUSED = re.compile(f"[{_OPEN}{_CLOSE}\ud800-\udfff]")
_BODY = rf"((?:(?!\n\s*\n).){{1,{LATEX_CHARS}}}?)"
_LATEX = re.compile(
    rf"\\\[{_BODY}\\\]|\$\${_BODY}\$\$|\\\({_BODY}\\\)|(?<![\\$\w])\$(?=[^\s$])([^$\n]{{1,200}}?)(?<=[^\s\\])\$(?![\w$])",
    re.DOTALL,
)

_TEXT_TAGS = """p br hr h1 h2 h3 h4 h5 h6 ul ol li dl dt dd blockquote pre code em strong b i u s del ins sub sup small
mark q cite div span figure figcaption table caption colgroup col thead tbody tfoot tr th td"""
_MATH_TAGS = """math mrow mi mn mo ms mtext mspace mfrac msqrt mroot msub msup msubsup munder mover munderover mtable mtr mtd
mstyle mpadded mphantom menclose mmultiscripts mprescripts"""
# Anything else that looks like a tag is shown as text: "List<int>", or a script that the reader should see.
_OTHER_TAG = re.compile(rf"<(?=[a-zA-Z/!?])(?!/?(?:{'|'.join(_TEXT_TAGS.split())})(?:[\s>]|/>))", re.IGNORECASE)
_ATTRIBUTES: dict[str, set[str]] = {
    "*": set(),
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "col": {"span"},
    "ol": {"start"},
    "math": {"display"},
    "mo": {"stretchy", "fence", "form", "minsize", "maxsize"},
    "mi": {"mathvariant"},
    "mover": {"accent"},
    "munder": {"accentunder"},
    "mfrac": {"linethickness"},
    "mspace": {"width", "linebreak"},
    "mtable": {"columnalign", "rowspacing", "columnspacing", "columnlines", "rowlines"},
    "menclose": {"notation"},
}
_CLASSES = {"span": {"figure", "equation"}, "code": {"tex"}}
_SPANS = frozenset({"colspan", "rowspan", "span"})


@dataclass(frozen=True, slots=True)
class MarkdownRenderer:
    """Converts a page's Markdown to safe HTML. ``make_markdown_renderer`` builds one for many pages."""

    parse: Callable[[str], str]
    sanitise: Callable[[str], str]
    secret: str = field(default_factory=lambda: secrets.token_hex(8))

    def __call__(self, text: str) -> str:
        """Return the HTML of the first ``PAGE_CHARS`` characters: balanced tags, no links, no images."""
        return self._convert(text[:PAGE_CHARS])

    def convert_all(self, text: str) -> str:
        """Return the HTML of a text of any length, in time that grows with it: it is parsed in pieces between empty lines.

        A table that is longer than a piece keeps its LaTeX as it is.
        """
        return "".join(
            self.sanitise(_UNUSED.sub("\ufffd", piece)) if len(piece) > PAGE_CHARS else self._convert(piece)
            for piece in _cut(text)
        )

    def _convert(self, text: str) -> str:
        shown = _UNUSED.sub("\ufffd", text)
        equations: list[str] = []

        def replace_equation(found: re.Match[str]) -> str:
            equations.append(convert_equation(found))
            return f"{_OPEN}{self.secret}x{len(equations) - 1}{_CLOSE}"

        body = self.parse(_OTHER_TAG.sub("&lt;", _LATEX.sub(replace_equation, shown)))
        placeholder = rf"{_OPEN}{self.secret}x([0-9]+){_CLOSE}"
        return self.sanitise(re.sub(placeholder, lambda found: equations[int(found[1])], body))


def _cut(text: str) -> Iterator[str]:
    """Pieces of up to PAGE_CHARS; a single table may be longer."""
    whole = ""
    for part in text.split("\n\n"):
        if len(whole) + len(part) + 2 > PAGE_CHARS:
            yield whole
            whole = ""
        if len(part) > PAGE_CHARS and not part.lstrip().startswith("<table"):
            yield from (part[start : start + PAGE_CHARS] for start in range(0, len(part), PAGE_CHARS))
        elif len(part) > PAGE_CHARS:
            yield part
        else:
            whole = f"{whole}\n\n{part}" if whole else part
    yield whole


def make_markdown_renderer() -> MarkdownRenderer:
    """Build a renderer for CommonMark with pipe tables, raw HTML (sanitised) and LaTeX."""
    import nh3

    cleaner = nh3.Cleaner(
        tags={*_TEXT_TAGS.split(), *_MATH_TAGS.split()},
        attributes=_ATTRIBUTES,
        attribute_filter=_filter_attribute,
        allowed_classes=_CLASSES,
        url_schemes=set(),
        link_rel=None,
    )
    return MarkdownRenderer(parse=_make_parser().render, sanitise=cleaner.clean)


def convert_equation(found: re.Match[str]) -> str:
    """Convert matched LaTeX to MathML, or show its source if it cannot be converted."""
    display, dollars, inline, dollar = found.groups()
    block = display or dollars
    latex = (block or inline or dollar).strip()
    mathml = to_mathml(latex, block=block is not None)
    if mathml is None:
        return f'<code class="tex">{html.escape(found[0])}</code>'
    return f'<span class="equation">{mathml}</span>' if block else mathml


def to_mathml(latex: str, *, block: bool) -> str | None:
    """Convert LaTeX to MathML; None if the converter does not support it."""
    from latex2mathml import exceptions
    from latex2mathml.converter import convert

    # The converter has no common error class: malformed input raises these, too.
    ends = (ValueError, LookupError, TypeError, AttributeError, RecursionError, StopIteration)
    own = [kind for kind in vars(exceptions).values() if isinstance(kind, type) and issubclass(kind, Exception)]
    caught: tuple[type[Exception], ...] = (*ends, *own)
    try:
        return str(convert(latex, display="block" if block else "inline"))
    except caught:
        return None


def _filter_attribute(tag: str, name: str, value: str) -> str | None:
    """Drop huge spans: a cell that spans thousands of columns blocks a browser for minutes."""
    if name == "start":
        # A list that starts at 155 must not show as 1; CommonMark allows nine digits.
        return value if value.isascii() and value.isdigit() and len(value) <= 9 else None
    if name in _SPANS:
        return value if value.isascii() and value.isdigit() and int(value[:6]) <= MAX_SPAN else None
    return value


def _make_parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    parser.add_render_rule("image", _render_figure)
    return parser


def _render_figure(self: Any, tokens: Sequence[Any], index: int, options: Any, env: Any) -> str:
    """Show the name of a figure: its file is not part of the dataset."""
    return f'<span class="figure">{html.escape(tokens[index].content or "figure")}</span>'
