from __future__ import annotations

from service.facades.mineru_content import list_content
from service.formats.result_pages import ResultPage
from tests.service.engines import BLOCKS


def test_pages_without_places_have_items_without_them() -> None:
    items = list_content([ResultPage(4, "# T\n\na\n\n<table><tr><td>1</td></tr></table>")])
    assert [item["type"] for item in items] == ["text", "text", "table"]
    assert all("bbox" not in item and item["page_idx"] == 3 for item in items)


def test_furniture_is_left_out_unless_it_is_text_of_its_page() -> None:
    for text, count in (("", 5), ("17", 6)):
        assert len(list_content([ResultPage(1, text, (612, 792), BLOCKS)])) == count


def test_boxes_beyond_the_page_end_at_its_edge() -> None:
    box = BLOCKS[0].model_copy(update={"box": (-10, 0, 900, 792)})
    assert list_content([ResultPage(1, "", (612, 792), (box,))])[0]["bbox"] == [0, 0, 1000, 1000]
