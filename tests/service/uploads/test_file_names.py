from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.uploads.file_names import UNNAMED, clean_file_name


@pytest.mark.parametrize(
    ("given_name", "shown"),
    [
        ("report.pdf", "report.pdf"),
        ("Pr%C3%BCfung%20(1).pdf", "Prüfung (1).pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\scans\\a.pdf", "a.pdf"),
        ("%2e%2e%2f%2e%2e%2fa.pdf", "a.pdf"),
        ("..", UNNAMED),
        ("scans/", UNNAMED),
        ("", UNNAMED),
        (None, UNNAMED),
        ("a\r\nX-Evil: 1.pdf", "aX-Evil: 1.pdf"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        pytest.param("x" * 500 + ".pdf", "x" * 196 + ".pdf", id="long"),
        pytest.param("x" * 5000, "x" * 200, id="longer"),
    ],
)
def test_a_name_is_its_last_part_as_people_read_it(given_name: str | None, shown: str) -> None:
    assert clean_file_name(given_name) == shown


@given(
    st.one_of(st.text(max_size=300), st.text(st.characters(), max_size=100).map(lambda t: quote(t, errors="replace")))
)
def test_whatever_comes_it_is_short_and_no_path(name: str) -> None:
    shown = clean_file_name(name)
    assert 1 <= len(shown) <= 200
    assert not set(shown) & set("/\\\r\n\0")
    assert shown not in (".", "..")
    assert shown.encode("utf-8")
    assert clean_file_name(quote(shown)) == shown
