from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.publish.names import Wanted, fold, markdown_names

PIECES = st.sampled_from(
    [
        "a.pdf",
        "A.PDF",
        "a.png",
        "a.pdf.pdf",
        "a.md",
        "a",
        "..",
        ".",
        "",
        "x" * 300,
        "x" * 300 + ".pdf",
        "é.pdf",
        "e\u0301.pdf",
    ]
)
NAMES = st.lists(PIECES | st.text(max_size=8) | st.text(st.characters(codec=None), max_size=5), max_size=5).map(
    "/".join
)


def wanted(*names: str) -> list[Wanted]:
    return [Wanted(name, f"/data/{number}/{name}", f"{number:064x}") for number, name in enumerate(names)]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["sub/report.pdf"], ["sub/report.md"]),
        (["no_extension", "two.dots..pdf"], ["no_extension.md", "two.dots..md"]),
        (["2021.01.05", ".pdf"], ["2021.01.05.md", ".pdf.md"]),
        (["a.pdf", "a.png", "b.pdf"], ["a.pdf.md", "a.png.md", "b.md"]),
        (["a.pdf", "A.png"], ["a.pdf.md", "A.png.md"]),
        (["a.md/x.pdf", "a.pdf"], ["a.md_/x.md", "a.md"]),
        (["/abs/../x.pdf", "..", "a//b/./c.pdf"], ["abs/x.md", "document.md", "a/b/c.md"]),
        (['w:<>"|?*.pdf', "back\\slash.pdf", "new\nline.pdf"], ["w_______.md", "back/slash.md", "new_line.md"]),
    ],
)  # fmt: skip
def test_the_suffix_is_replaced_and_kept_where_two_would_collide(names, expected):
    assert markdown_names(wanted(*names)) == expected


def test_what_still_collides_gets_a_digest_that_does_not_depend_on_the_order():
    sources = wanted("a.pdf", "A.pdf", "a.pdf", "a.png")
    names = markdown_names(sources)
    assert names[3] == "a.png.md"
    assert all(name.lower().startswith("a.pdf-") for name in names[:3])
    assert markdown_names(sources[::-1]) == names[::-1]


def test_equal_sources_share_their_file():
    (source,) = wanted("a.pdf")
    assert markdown_names([source, source]) == ["a.md", "a.md"]


def test_a_source_keeps_its_name_and_new_ones_take_what_is_free():
    sources = wanted("a.pdf", "a.png", "b.pdf", "c.pdf")
    known = {sources[0].uri: "a.md"}
    assert markdown_names(sources, ["B.md", "d.md"], known) == ["a.md", "a.png.md", "b.pdf.md", "c.md"]


def test_halves_of_a_character_are_told_from_the_character():
    names = markdown_names([Wanted(name, name, "d") for name in ("\ud800\udc00", "\U00010000", "\ud801\udc01")])
    assert len(set(names)) == 3


@given(st.lists(NAMES, max_size=12))
def test_names_never_collide_and_never_leave(names):
    made = markdown_names(wanted(*names))
    assert len(made) == len(names)
    assert len({fold(name) for name in made}) == len(made)
    folders = {fold(parent.as_posix()) for name in made for parent in Path(name).parents}
    for name in made:
        assert name.endswith(".md")
        assert fold(name) not in folders
        assert not name.startswith("/")
        assert "\\" not in name
        assert not {"", ".", ".."} & set(name.split("/"))
        assert all(len(piece.encode()) <= 255 for piece in name.split("/"))
        assert len(name.encode()) <= 1100
        assert name == unicodedata.normalize("NFC", name)
