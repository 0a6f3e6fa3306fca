from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.domain.models import Document
from olmocr_core.sources.names import display, is_plain, source_name
from tests.core.sources.files import PDF, found, names, put


@pytest.mark.parametrize("raw", [b"caf\xe9.pdf", b"two\nlines.pdf", b"\xe2\x80\xaefdp.pdf"])
async def test_a_name_that_is_not_text_is_shown_safely_and_opened_by_a_copy(data, raw):
    path = data / os.fsdecode(raw)
    put(path, PDF + raw)
    collected = await found(data, data)
    (document,) = collected.documents
    assert is_plain(document.sources[0].name + document.sources[0].uri)
    assert "%" in document.sources[0].name
    assert is_plain(document.location)
    assert Path(document.location).read_bytes() == PDF + raw
    assert Document.model_validate_json(document.model_dump_json()) == document


async def test_the_awkward_names_of_the_corpus_are_found(corpus, data):
    collected = await found(data, corpus / "hostile" / "names")
    files = sorted(path.name for path in (corpus / "hostile" / "names").iterdir())
    assert sorted(names(collected)) == files
    assert collected.problems == ()


@given(st.lists(st.text(st.characters(codec=None) | st.sampled_from("./\\\0\n\udc80")), min_size=1, max_size=4))
def test_a_source_name_never_leaves_and_is_always_text(parts):
    name = source_name(*parts)
    assert name
    assert is_plain(name)
    assert not PurePosixPath(name).is_absolute()
    assert not {"", ".", ".."} & set(name.split("/"))
    assert name.encode()
    assert source_name(name) == name


@given(st.binary(max_size=30))
def test_any_file_name_can_be_shown(raw):
    shown = display(os.fsdecode(raw))
    assert is_plain(shown)
    assert bool(shown) == bool(raw)
