import io
import string

from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.domain.identity import bytes_digest, document_id, inline_prompt_id, page_key, text_digest


@given(st.binary())
def test_the_document_id_is_the_hash_of_its_bytes(data: bytes) -> None:
    assert document_id(io.BytesIO(data)) == bytes_digest(data)


@given(st.tuples(st.text(string.hexdigits), st.integers(1, 9999), st.text(string.hexdigits)), st.data())
def test_page_keys_differ_when_anything_differs(parts: tuple[str, int, str], data: st.DataObject) -> None:
    other = data.draw(st.tuples(st.text(string.hexdigits), st.integers(1, 9999), st.text(string.hexdigits)))
    assert (page_key(*parts) == page_key(*other)) == (parts == other)


def test_text_digest_ignores_space_case_and_ligatures() -> None:
    assert text_digest("The ﬁle\n is HERE") == text_digest("the file is here")
    assert text_digest("a") != text_digest("b")


def test_the_id_of_a_prompt_in_settings_depends_on_its_wording() -> None:
    assert inline_prompt_id("a") == inline_prompt_id("a") != inline_prompt_id("b")
