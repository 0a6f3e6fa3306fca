from __future__ import annotations

import json
from typing import Any

from service.formats.docling import make_docling_document
from service.formats.result_pages import ResultPage
from tests.service.engines import BLOCKS

SHA = "f" * 64


def document(*pages: ResultPage) -> dict[str, Any]:
    return make_docling_document("a", "a.pdf", "application/pdf", SHA, pages)


def placed_page(text: str = "") -> ResultPage:
    return ResultPage(3, text, (612, 792), BLOCKS)


def labels(found: dict[str, Any]) -> list[str]:
    return [item["label"] for item in found["texts"]]


def test_blocks_become_items_with_page_and_box() -> None:
    found = document(placed_page())
    assert labels(found) == ["section_header", "list_item", "formula", "page_footer"]
    heading, item, formula, footer = found["texts"]
    assert (heading["text"], heading["level"]) == ("A title", 1)
    assert heading["prov"][0]["page_no"] == 3
    assert heading["prov"][0]["bbox"] == {"l": 72.0, "t": 72.0, "r": 300.0, "b": 100.0, "coord_origin": "TOPLEFT"}
    assert (item["text"], item["marker"], item["enumerated"]) == ("an item", "-", False)
    assert formula["text"] == "x^2"
    assert footer["content_layer"] == "furniture"
    assert found["pages"] == {"3": {"size": {"width": 612, "height": 792}, "page_no": 3}}
    assert len(found["pictures"]) == 1


def test_the_cells_of_a_table_have_their_places() -> None:
    data = document(placed_page())["tables"][0]["data"]
    assert (data["num_rows"], data["num_cols"]) == (2, 2)
    places = [
        (c["text"], c["start_row_offset_idx"], c["start_col_offset_idx"], c["col_span"]) for c in data["table_cells"]
    ]
    assert places == [("a & b", 0, 0, 2), ("1", 1, 0, 1), ("2", 1, 1, 1)]
    assert [c["column_header"] for c in data["table_cells"]] == [True, False, False]


def test_every_reference_leads_to_an_item_that_knows_its_parent() -> None:
    found = document(placed_page(), ResultPage(4, "1. one\n2. two\n\ntext"))
    items = {item["self_ref"]: item for kind in ("groups", "texts", "pictures", "tables") for item in found[kind]}
    items["#/body"] = found["body"]
    referred = {child["$ref"]: place for place, item in items.items() for child in item["children"]}
    assert referred == {place: item["parent"]["$ref"] for place, item in items.items() if place != "#/body"}
    assert json.loads(json.dumps(found)) == found


def test_pages_without_blocks_give_texts_with_their_page_alone() -> None:
    text = "## A title\n\nprose\n\n- one\n- two\n\n<table><tr><td>1</td></tr></table>\n\n```\na\n\nb\n```\n\n\\[x\\]"
    found = document(ResultPage(2, text))
    assert labels(found) == ["section_header", "text", "list_item", "list_item", "code", "formula"]
    assert len(found["tables"]) == 1
    assert {item["prov"][0]["page_no"] for item in found["texts"]} == {2}
    assert found["texts"][1]["prov"][0]["bbox"] == {"l": 0, "t": 0, "r": 1, "b": 1, "coord_origin": "TOPLEFT"}


def test_a_margin_that_is_text_of_its_page_stays_in_the_body() -> None:
    found = document(placed_page("A title\n\n17"))
    assert found["texts"][-1]["content_layer"] == "body"


def test_a_table_of_a_million_places_is_text() -> None:
    rows = '<tr><td rowspan="1000" colspan="1000">x</td></tr>'
    found = document(ResultPage(1, f"<table>{rows}</table>"))
    assert (found["tables"], labels(found)) == ([], ["text"])
