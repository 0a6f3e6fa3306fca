from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.domain.models import Transcription
from olmocr_core.domain.text_cleaning import clean_text
from olmocr_core.reading.front_matter import MalformedAnswer, format_answer, parse_answer

GOOD = """---
primary_language: en
is_rotation_valid: True
rotation_correction: 0
is_table: False
is_diagram: False
---
# Title

Text with --- dashes
---
and a rule."""


def test_reads_front_matter_and_keeps_rules_in_the_text() -> None:
    read = parse_answer(GOOD)
    assert read.primary_language == "en"
    assert read.is_rotation_valid
    assert read.text == "# Title\n\nText with --- dashes\n---\nand a rule."


def test_norwegian_is_a_language_and_not_false() -> None:
    assert parse_answer(GOOD.replace(": en", ": no")).primary_language == "no"


@pytest.mark.parametrize("null", ["null", "None", "~", "", '""'])
def test_null_has_several_spellings(null: str) -> None:
    assert parse_answer(GOOD.replace(": en", f": {null}")).primary_language is None


@pytest.mark.parametrize("body", ["", "None", "null", "\n\n"])
def test_a_page_with_nothing_to_read(body: str) -> None:
    assert parse_answer(GOOD.split("# Title")[0] + body).text == ""


def test_front_matter_alone_without_a_last_newline() -> None:
    assert parse_answer(GOOD.split("\n# Title")[0]).text == ""


def test_extra_keys_and_a_code_fence_are_tolerated() -> None:
    extra = GOOD.replace("is_table: False", "is_table: False\nconfidence: high")
    assert parse_answer(f"```markdown\n{extra}\n```").is_table is False


def test_a_fenced_block_inside_the_text_stays() -> None:
    assert parse_answer(GOOD + "\n```python\nx = 1\n```").text.endswith("```python\nx = 1\n```")


@pytest.mark.parametrize(
    "bad",
    [
        "plain text without front matter",
        "---\nprimary_language: en\n---\nfields are missing",
        GOOD.replace("rotation_correction: 0", "rotation_correction: 45"),
        GOOD.replace("is_table: False", "is_table: maybe"),
        GOOD.replace("is_table: False", "is_table: [unclosed"),
        "---\n- a list\n---\n",
        "",
    ],
)
def test_malformed_answers_raise_an_error(bad: str) -> None:
    with pytest.raises(MalformedAnswer):
        parse_answer(bad)


TRANSCRIPTIONS = st.builds(
    Transcription,
    text=st.text()
    .map(lambda text: clean_text(text).strip())
    .filter(lambda text: text.lower() not in ("null", "none", "~")),
    primary_language=st.sampled_from([None, "en", "no", "de"]),
    is_rotation_valid=st.booleans(),
    rotation_correction=st.sampled_from([0, 90, 180, 270]),
    is_table=st.booleans(),
    is_diagram=st.booleans(),
)


@given(TRANSCRIPTIONS)
def test_a_formatted_answer_is_parsed_back(transcription: Transcription) -> None:
    assert parse_answer(format_answer(transcription)) == transcription


@given(st.text())
def test_any_answer_is_parsed_or_refused(answer: str) -> None:
    with suppress(MalformedAnswer):
        assert clean_text(parse_answer(answer).text) == parse_answer(answer).text
