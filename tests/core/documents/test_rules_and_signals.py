from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.documents.records import decide, document_record, document_signals, page_signals
from olmocr_core.documents.rules import tolerated_pages
from olmocr_core.documents.signals import (
    alnum_share,
    mojibake_share,
    plain_text,
    repeated_line_share,
    repeated_ngram_share,
    text_signals,
)
from olmocr_core.domain.models import (
    Document,
    DocumentInfo,
    ErrorInfo,
    PageRecord,
    PageSummary,
    Source,
    Transcription,
)
from olmocr_core.domain.settings import Quality

PROSE = (
    "The harbour was quiet that morning, and the ferry had not yet come. Two men mended a net on the quay while a third "
    "counted crates of mackerel into the back of a van; gulls waited on the roof of the customs house. Nobody spoke much."
)
DOCUMENT = Document(
    doc_id="d" * 64, kind="pdf", location="a", size_bytes=1, mtime_ns=0, sources=(Source(uri="a.pdf", name="a.pdf"),)
)


def english(text: str) -> tuple[str | None, float]:
    return "en", 0.99


def reworded(text: str, number: int) -> str:
    """Pages of a real document are not alike."""
    return text if number == 1 else " ".join(word + "aeiou"[number % 5] * number for word in text.split())


def records(*statuses: str, text: str = PROSE) -> list[PageRecord]:
    return [
        PageRecord(
            key=str(number),
            doc_id=DOCUMENT.doc_id,
            page_number=number,
            status=status,
            route={"ok": "ocr", "blank": "blank", "fallback": "fallback", "failed": "none"}[status],
            engine="scripted",
            transcription=Transcription(text=reworded(text, number) if status in ("ok", "fallback") else ""),
            error=ErrorInfo(code="page_timeout", message="took longer than 60 s") if status == "failed" else None,
        )
        for number, status in enumerate(statuses, 1)
    ]


def decided(*statuses: str, text: str = PROSE, **rules):
    pages = records(*statuses, text=text)
    record = document_record(DOCUMENT, DocumentInfo(pages=len(pages)), pages, Quality(**rules), english)
    return record.status, record.reasons


def test_a_document_whose_pages_are_all_read_is_kept_without_reasons():
    assert decided("ok", "ok", "blank") == ("kept", ())


def test_one_fallback_page_is_partial_and_named():
    assert decided("ok", "fallback", "ok") == ("partial", ("page 2 of 3 fell back to the text layer",))
    assert decided("fallback") == ("partial", ("its only page fell back to the text layer",))


def test_one_failed_page_is_partial_with_what_happened():
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
    assert tolerated_pages(pages, Quality()) == tolerated


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


def test_a_document_that_cannot_be_opened_fails_with_its_error():
    info = DocumentInfo(error=ErrorInfo(code="encrypted_document", message="a.pdf needs a password"))
    record = document_record(DOCUMENT, info, [], Quality(), english)
    assert (record.status, record.reasons) == ("failed", ("a.pdf needs a password",))
    assert record.sources == DOCUMENT.sources


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


@given(st.text(max_size=400))
def test_shares_stay_between_0_and_1(text):
    signals = page_signals(text, english)
    for name in ("alnum_share", "repeated_line_share", "repeated_ngram_share", "mojibake_share"):
        assert 0 <= signals[name] <= 1, name
    assert signals["characters"] >= 0


@given(st.lists(st.sampled_from("abc"), max_size=60))
def test_the_ngram_share_agrees_with_counting_by_hand(words):
    seen, inside = set(), set()
    for start in range(len(words) - 9):
        gram = tuple(words[start : start + 10])
        inside |= set(range(start, start + 10)) if gram in seen else set()
        seen.add(gram)
    expected = len(inside) / len(words) if len(words) > 10 else 0
    assert repeated_ngram_share(" ".join(words)) == pytest.approx(expected)


def test_a_text_given_twice_is_half_repetition():
    words = " ".join(a + b + "x" for a in "abcdefghijklmn" for b in "abcdefghijklmn")
    assert repeated_ngram_share(words) == 0
    assert repeated_ngram_share("0 0.00 12 " * 100) == 0
    assert repeated_ngram_share(f"{words} {words}") == pytest.approx(0.5)


def test_scripts_without_spaces_are_counted_by_character():
    assert repeated_ngram_share("請求書の番号は大切です。" * 20) > 0.9


def test_markup_is_no_part_of_the_measure():
    table = "<table><tr><td>12.5</td></tr></table>"
    assert plain_text(table).split() == ["12.5"]
    assert plain_text("| a | b |\n|---|:-:|\n| 1 | 2 |").split() == ["a", "b", "1", "2"]
    assert plain_text("![Sales](page_1_2_3_4.png) rose") == "Sales rose"
    assert plain_text("if a < b and c > d").split() == ["if", "a", "<", "b", "and", "c", ">", "d"]


def test_vowel_signs_count_with_their_letters():
    assert alnum_share("हिन्दी में लिखा हुआ") == 1.0


def test_repeated_lines_ignore_numbers():
    assert repeated_line_share("0.00\n0.00\n0.00") == 0
    assert repeated_line_share("total\n1\ntotal\n1") == 0.5


def test_good_accents_are_not_mojibake():
    assert mojibake_share("Le café a été fermé à l’heure — déjà « tard ». 請求書 Жизнь ∑ x² ± 3 °C") == 0
    assert mojibake_share("cafÃ© fermÃ© Ã  lâ€™heure") > 0.1
    assert mojibake_share("\ufffd\ufffd\ue001\ue002") == 1


def test_document_signals_weigh_pages_by_their_text():
    def summary(number, language, characters):
        signals = {"characters": characters, "language": language, "language_confidence": 1.0, "mojibake_share": 0.0}
        return PageSummary(
            page_number=number, status="ok", route="text_layer", engine="cpu", attempts=1, signals=signals
        )

    pages = [summary(1, "de", 100), summary(2, "en", 900), summary(3, None, 50)]
    signals = document_signals(PROSE, pages)
    assert (signals["language"], signals["language_confidence"]) == ("en", 0.9)
    assert signals["text_layer_share"] == 1.0
    assert signals["characters_per_page"] == 350.0


def test_signals_of_one_page_are_those_of_its_document():
    record = document_record(DOCUMENT, DocumentInfo(pages=1), records("ok"), Quality(), english)
    for name, value in text_signals(PROSE).items():
        assert record.signals[name] == record.pages[0].signals[name] == value
    assert record.pages[0].primary_language == "en"


def test_an_unsure_language_is_not_put_down():
    record = document_record(DOCUMENT, DocumentInfo(pages=1), records("ok"), Quality(), lambda text: ("la", 0.4))
    assert record.pages[0].primary_language is None
    assert record.pages[0].signals["language"] == "la"


def test_decide_needs_no_record():
    assert decide(None, [], {}, Quality())[0] == "failed"
