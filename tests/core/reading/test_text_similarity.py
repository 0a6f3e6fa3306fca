from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.reading.text_similarity import measure_layer_recall, measure_recall, measure_word_recall


def test_order_and_case_do_not_matter() -> None:
    assert measure_recall("B a 12", "A 12 b") == (1.0, 1.0)


def test_a_wrong_digit_shows_in_the_numbers() -> None:
    characters, numbers = measure_recall("Revenue was 1,243.50 in 2024", "Revenue was 1,234.50 in 2024")
    assert numbers == 0.5
    assert characters == 1


def test_every_occurrence_of_a_word_counts() -> None:
    assert measure_recall("the cat", "the the cat")[0] == 6 / 9


def test_an_empty_layer_is_recalled_in_full() -> None:
    assert measure_recall("anything", " . ") == (1.0, 1.0)


@given(st.text(), st.text())
def test_recalls_are_shares_and_more_text_never_lowers_them(text: str, layer: str) -> None:
    before = measure_recall(text, layer)
    after = measure_recall(f"{text} {layer}", layer)
    assert all(0 <= value <= 1 for value in before)
    assert all(b <= a for b, a in zip(before, after, strict=True))
    assert measure_recall(layer, layer) == (1.0, 1.0)


def test_the_words_beside_an_equation_are_searched_in_the_line() -> None:
    assert measure_word_recall(["where", "the", "norm"], "where x2 the nOrm + y") == 1.0
    assert measure_word_recall(["vgdqd", "sgd", "mnql"], "where x2 the norm + y") < 0.6
    assert measure_word_recall(["so", "the"], "so the x") is None


def test_only_a_dissimilar_layer_is_tested_for_garbage() -> None:
    alike = measure_layer_recall("the same 12 words", "the same 12 words", is_garbage=lambda layer: True)
    assert alike == {"layer_character_recall": 1.0, "layer_number_recall": 1.0}
    assert measure_layer_recall("what was read", "Oqnbddchmfr ne sgd", is_garbage=lambda layer: True) == {}
    unlike = measure_layer_recall("what was read", "other words", is_garbage=lambda layer: False)
    assert unlike["layer_character_recall"] == 0
