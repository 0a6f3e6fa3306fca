"""Pages say in bars which they are, whoever draws them."""

from __future__ import annotations

import io

import pypdfium2 as pdfium
import pytest

from scripts.soak.corpus import KINDS, Item, label, make_item, read_label
from scripts.soak.meter import Series, find_growth
from scripts.soak.model_server import make_plan
from tests.simulator.plan import Asked


@pytest.mark.parametrize(("index", "edition"), [(2, 1), (101, 7)])
def test_the_label_of_each_drawn_page(index: int, edition: int) -> None:
    labels = []
    with pdfium.PdfDocument(make_item(index, edition).data) as document:
        for page in document:
            file = io.BytesIO()
            page.render(scale=200 / 260).to_pil().save(file, "JPEG")
            labels.append(read_label(file.getvalue()))
    assert labels == [label(index, edition, number) for number in range(1, len(labels) + 1)]


def test_the_label_of_a_scan() -> None:
    assert read_label(make_item(4, 3).data) == label(4, 3, 1)


def test_no_two_items_or_editions_share_a_document_or_a_text() -> None:
    items: list[Item] = [make_item(index, edition) for index in range(2 * len(KINDS)) for edition in (1, 2)]
    documents = [document for item in items for document in item.documents]
    assert len({document.doc_id for document in documents}) == len(documents)
    texts = [page for document in documents for page in document.pages if page]
    assert len(set(texts)) == len(texts)


def test_a_page_gets_an_answer_at_its_third_request_at_the_latest() -> None:
    plan = make_plan(1, 1.0)
    assert [plan(Asked(b"", "a", number)) is None for number in (1, 2, 3)] == [False, False, True]


def test_what_grows_is_named() -> None:
    flat = Series("worker", "MB", (100.0, 120.0, 110.0) * 10)
    leak = Series("worker", "descriptors", tuple(map(float, range(20, 80))))
    assert find_growth([flat, leak]) == ["worker: 30 descriptors at first, 70 at the end"]
