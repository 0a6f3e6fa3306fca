from __future__ import annotations

import re

from service.formats.html import CONTENT_SECURITY_POLICY, write_html
from service.formats.result_pages import ResultPage


def test_a_section_a_page_with_equations_as_mathml() -> None:
    page = write_html("a <b>.pdf", "en", [ResultPage(2, r"# T" "\n\n" r"\[x^2\]"), ResultPage(5, "")])
    assert re.findall(r'<section id="([^"]+)"', page) == ["page-2", "page-5"]
    assert "<title>a &lt;b&gt;.pdf</title>" in page
    assert '<html lang="en">' in page
    assert "<math" in page
    assert page.count(CONTENT_SECURITY_POLICY) == 1


def test_what_a_page_says_is_inert() -> None:
    hostile = '<script>alert(1)</script><img src=x onerror=y><a href="javascript:z">q</a><style>*{}</style>'
    body = write_html("a", None, [ResultPage(1, hostile)]).partition("<body>")[2]
    assert not re.search(r"<(script|img|a|style)\b", body)
    assert "alert(1)" in body


def test_a_page_of_any_length_is_whole() -> None:
    words = " ".join(f"w{number}" for number in range(8000))
    table = f"<table>{''.join(f'<tr><td>c{number}</td></tr>' for number in range(2000))}</table>"
    page = write_html("a", None, [ResultPage(1, f"{words}\n\n{table}\n\nlast"), ResultPage(2, "x" * 50_000)])
    assert "w7999" in page
    assert page.count("<td>") == 2000
    assert "last" in page
    assert page.count("x") >= 50_000
