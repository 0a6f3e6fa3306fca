"""Why a PDF cannot be opened, or a page not be found, as far as the file itself tells."""

from __future__ import annotations

from pathlib import Path

import pytest

from olmocr_core.domain.errors import EncryptedDocument, UnreadableDocument
from olmocr_core.pdf.explain_damage import explain_key_length, explain_missing_page
from olmocr_core.pdf.open_pdf import open_pdf
from tests.core.pdf.making import document, encrypted, many_pages, page, pdf

CATALOG = b"<< /Type /Catalog /Pages 2 0 R >>"
LEADS_BACK = "the tree of pages leads back to itself"
DAMAGED = "the list of pages is damaged or ends before it"


def with_key(algorithm: str, bits: int, length: bytes) -> bytes:
    whole = encrypted("secret", algorithm=algorithm)
    assert whole.count(b"/Length %d\n/P" % bits) == 1
    return whole.replace(b"/Length %d\n/P" % bits, b"/Length %s\n/P" % length)


@pytest.mark.parametrize(("algorithm", "bits"), [("RC4-128", 128), ("AES-256", 256)])
@pytest.mark.parametrize("length", [b"0", b"7", b"-40", b"999"])
def test_a_key_that_does_not_exist_is_named(tmp_path: Path, algorithm: str, bits: int, length: bytes) -> None:
    of = document(tmp_path / "a.pdf", with_key(algorithm, bits, length))
    said = explain_key_length(of.location)
    assert said is not None
    assert f"a key of {length.decode()} bits" in said
    with pytest.raises(UnreadableDocument, match="no password opens it"):
        open_pdf(page(of), ("secret",))


@pytest.mark.parametrize("algorithm", ["RC4-40", "RC4-128", "AES-128", "AES-256"])
def test_a_sound_encryption_asks_for_a_password(tmp_path: Path, algorithm: str) -> None:
    of = document(tmp_path / "a.pdf", encrypted("secret", algorithm=algorithm))
    assert explain_key_length(of.location) is None
    with pytest.raises(EncryptedDocument, match="none of those given opens it"):
        open_pdf(page(of), ("wrong",))


@pytest.mark.parametrize(
    "data", [b"%PDF-1.7", b"/Encrypt 5 0 R", b"/Encrypt 5 0 R 5 0 obj << >> endobj", many_pages(1)]
)
def test_without_an_encryption_there_is_nothing_to_say(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.pdf").write_bytes(data)
    assert explain_key_length(str(tmp_path / "a.pdf")) is None


@pytest.mark.parametrize(
    ("objects", "said"),
    [
        ([CATALOG, b"<< /Type /Pages /Kids [2 0 R] /Count 1 >>"], LEADS_BACK),
        ([CATALOG, b"<< /Kids [3 0 R] /Count 1 >>", b"<< /Kids [4 0 R 2 0 R] >>", b"<< /Type /Page >>"], LEADS_BACK),
        ([CATALOG, b"<< /Kids [3 0 R 3 0 R] /Count 2 >>", b"<< /Kids [4 0 R] >>", b"<< /Type /Page >>"], DAMAGED),
        ([CATALOG, b"<< /Kids [9 0 R] /Count 1 >>"], DAMAGED),
        ([CATALOG, b"<< /Kids 7 /Count 1 >>"], DAMAGED),
        ([b"<< /Type /Catalog >>"], DAMAGED),
    ],
)
def test_a_tree_of_pages_leads_back_or_is_damaged(tmp_path: Path, objects: list[bytes], said: str) -> None:
    (tmp_path / "a.pdf").write_bytes(pdf(objects))
    assert explain_missing_page(str(tmp_path / "a.pdf"), "") == said


def test_a_deep_tree_is_walked_to_its_end(tmp_path: Path) -> None:
    nodes = [b"<< /Kids [%d 0 R] /Count 1 >>" % (number + 3) for number in range(3000)]
    (tmp_path / "a.pdf").write_bytes(pdf([CATALOG, *nodes, b"<< /Kids [9 0 R] /Count 1 >>"]))
    assert explain_missing_page(str(tmp_path / "a.pdf"), "") == LEADS_BACK
