from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.documents.records import build_record
from olmocr_core.documents.rules import count_tolerated_pages, decide_status
from olmocr_core.domain.models import DocumentInfo
from olmocr_core.domain.settings import Quality
from tests.core.documents.examples import DOCUMENT, PROSE, english, records


def decided(*statuses: str, text: str = PROSE, **rules):
    pages = records(*statuses, text=text)
    record = build_record(DOCUMENT, DocumentInfo(pages=len(pages)), pages, Quality(**rules), english)
    return record.status, record.reasons


def test_a_document_whose_pages_are_all_read_is_kept_without_reasons():
    assert decided("ok", "ok", "blank") == ("kept", ())


def test_one_fallback_page_is_partial_and_named():
    assert decided("ok", "fallback", "ok") == ("partial", ("page 2 of 3 fell back to the text layer",))
    assert decided("fallback") == ("partial", ("its only page fell back to the text layer",))


def test_one_failed_page_is_partial_with_its_error():
    assert decided("ok", "failed") == ("partial", ("page 2 failed: took longer than 60 s",))


def test_more_than_the_budget_is_held_back_with_both_numbers():
    statuses = ["ok"] * 9 + ["fallback"] * 3
    assert decided(*statuses) == ("held_back", ("3 of 12 pages fell back to the text layer; 1 is tolerated",))


def test_failed_pages_share_the_budget_of_fallback_pages():
    status, reasons = decided("ok", "failed", "fallback")
    assert status == "held_back"
    assert reasons == (
        "1 of 3 pages failed and 1 fell back to the text layer; 1 is tolerated",
        "page 2 failed: took longer than 60 s",
    )


def test_many_failed_pages_are_counted_not_listed():
    _, reasons = decided("ok", *["failed"] * 20)
    assert reasons[0] == "20 of 21 pages failed; 1 is tolerated"
    assert len(reasons) == 7
    assert reasons[-1] == "15 more pages failed (pages 7, 8, 9, 10, 11 and 10 more)"


@pytest.mark.parametrize(("pages", "tolerated"), [(1, 1), (249, 1), (250, 1), (499, 1), (500, 2), (5000, 20)])
def test_the_budget_is_one_in_250_and_one_in_shorter_documents(pages, tolerated):
    assert count_tolerated_pages(pages, Quality()) == tolerated


def test_partial_documents_can_be_held():
    status, reasons = decided("ok", "fallback", partial="hold")
    assert status == "held_back"
    assert "quality.partial = hold" in reasons[-1]


def test_documents_without_text_are_blank_or_failed_and_never_nothing():
    assert decided("blank") == ("blank", ("its only page is blank",))
    assert decided("blank", "blank") == ("blank", ("all 2 pages are blank",))
    assert decided("ok", "blank", text=" \n") == ("blank", ("no text was found on its 2 pages",))
    assert decided("failed")[0] == "failed"
    assert decided("blank", "failed") == (
        "failed",
        ("1 of 2 pages could not be read; the other 1 hold no text", "page 2 failed: took longer than 60 s"),
    )
    assert decided("fallback", text="") == ("failed", ("its only page could not be read and its text layer is empty",))
    assert decided() == ("failed", ("the document has no pages",))


def test_each_rule_holds_back_with_its_number():
    loop = "and so it goes on and on without any end at all " * 30
    dots = ". . . . . . - - - _ _ _ " * 30 + "a"
    lines = "the same line again\n" * 30
    garbled = "lâ€™Ã©tÃ© Ã  la plage, câ€™Ã©tait dÃ©jÃ  fini. " * 10
    for text, words in (
        (loop, "repeat an earlier run of 10 words; at most 50%"),
        (dots, "letters or digits; at least 30%"),
        (lines, "of its lines repeat an earlier line; at most 60%"),
        (garbled, "look wrongly decoded; at most 5%"),
    ):
        status, reasons = decided("ok", text=text, max_repeated_ngram_share=0.5, max_repeated_line_share=0.6)
        assert status == "held_back"
        assert any(words in reason for reason in reasons), (words, reasons)
    characters = len("".join(PROSE.split()))
    assert decided("ok", min_chars=5000)[1] == (f"{characters} characters of text; 5000 are asked for",)


def test_short_texts_are_not_judged_by_shares():
    assert decided("ok", text="Yes\nNo\nYes\nNo\nYes") == ("kept", ())
    assert decided("ok", text="***") == ("kept", ())


def test_languages_can_be_chosen():
    assert decided("ok", languages=("en", "de"))[0] == "kept"
    assert decided("ok", languages=("de",)) == ("held_back", ("its language is en; asked for: de",))
    assert decided("ok", text="Hi", languages=("de",))[1] == ("its language could not be told; asked for: de",)


@given(st.lists(st.sampled_from(["ok", "blank", "fallback", "failed"]), max_size=8), st.text(max_size=50))
def test_every_decision_but_kept_has_a_reason(statuses, text):
    status, reasons = decided(*statuses, text=text)
    assert bool(reasons) == (status != "kept")
    assert all(reason and "\n" not in reason for reason in reasons)


def test_the_status_needs_no_record():
    assert decide_status(None, [], {}, Quality())[0] == "failed"
