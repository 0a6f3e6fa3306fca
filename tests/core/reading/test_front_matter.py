from contextlib import suppress
from textwrap import indent

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.domain.models import Transcription
from olmocr_core.domain.text_cleaning import clean_text
from olmocr_core.reading.front_matter import (
    MOST_ANSWER_CHARACTERS,
    MalformedAnswer,
    format_answer,
    parse_answer,
    parse_markdown,
    read_flat_fields,
)

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


_REST = "rotation_correction: 0\nis_table: no\nis_diagram: no"
_BOMB = "".join(f"a{n}: &a{n} [{', '.join(['*a' + str(n - 1)] * 9)}]\n" for n in range(1, 4))
HOSTILE = {
    "aliases": f"---\na0: &a0 {'x' * 50}\n{_BOMB}is_rotation_valid: *a3\n{_REST}\n---\n",
    "brackets": GOOD.replace("is_table: False", f"is_table: {'[' * 100_000}"),
    "braces in another key": GOOD.replace("is_table: False", f"is_table: False\nmore: {'{' * 100_000}"),
    "indentation": "---\n" + "".join(f"{' ' * n}a:\n" for n in range(3000)) + "---\n",
    "question marks": f"---\n{'? ' * 50_000}\n---\n",
    "a long value": GOOD.replace("is_table: False", f"is_table: {'x' * 1_000_000}"),
    "tags": GOOD.replace("is_table: False", "is_table: !!python/object/apply:os.system ['true']"),
}


@pytest.mark.parametrize("answer", HOSTILE.values(), ids=HOSTILE)
def test_hostile_front_matter_is_malformed_in_few_words(answer: str) -> None:
    with pytest.raises(MalformedAnswer) as error:
        parse_answer(answer)
    assert len(str(error.value)) < 300


def test_an_answer_that_no_model_is_asked_for_is_malformed() -> None:
    with pytest.raises(MalformedAnswer, match="longer than"):
        parse_answer(GOOD + "x" * MOST_ANSWER_CHARACTERS)
    with pytest.raises(MalformedAnswer, match="longer than"):
        parse_markdown("x" * (MOST_ANSWER_CHARACTERS + 1))


_KEYS = st.sampled_from(
    ["is_rotation_valid", "rotation_correction", "is_table", "is_diagram", "primary_language", "other"]
)
_WORDS = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12)
_VALUES = st.sampled_from(
    [
        "True",
        "false",
        "no",
        "0",
        "90",
        "en",
        "null",
        "~",
        "",
        "zh-CN",
        '"en"',
        "'no'",
        "de  # a comment",
        "a#b",
        "a b",
        "''",
    ]
)
_LINES = st.tuples(st.sampled_from(["{}: {}", "{} : {}", "{}:   {}  ", '"{}": {}', "'{}': {}"]), _KEYS, _VALUES).map(
    lambda line: line[0].format(*line[1:])
)
_FLAT = st.lists(_LINES | st.just("") | st.just("# a comment"), max_size=12).map("\n".join)


@given(_FLAT, st.sampled_from(["", "  "]))
def test_flat_keys_are_read_as_yaml_reads_them(flat: str, indented: str) -> None:
    source = indent(flat, indented)
    try:
        as_yaml = yaml.load(source, Loader=yaml.BaseLoader)
    except yaml.YAMLError:
        return
    assert read_flat_fields(source) == (as_yaml or {})


@given(_KEYS, _WORDS | st.text(max_size=12))
def test_a_value_that_yaml_reads_as_one_word_is_read_alike(key: str, value: str) -> None:
    try:
        as_yaml = yaml.load(f"{key}: {value}", Loader=yaml.BaseLoader)
        read = read_flat_fields(f"{key}: {value}")
    except (yaml.YAMLError, MalformedAnswer):
        return
    words = {"true", "false", "yes", "no", "on", "off", "0", "1", "90", "180", "270"}
    assert (read[key].lower() in words) <= (read == as_yaml)


@given(st.lists(_LINES | _WORDS, max_size=12).map("\n".join))
def test_anything_between_the_dashes_is_words_by_name_or_malformed(source: str) -> None:
    with suppress(MalformedAnswer):
        fields = read_flat_fields(source)
        assert all(isinstance(word, str) for pair in fields.items() for word in pair)
        assert sum(len(name) + len(value) for name, value in fields.items()) <= len(source)


@pytest.mark.parametrize(
    "more", ["tags: [a, b]", "tags:\n- a\n- b", "tags:\n  - a: b", "title: A: b", "notes: |\n  a\n  b", "at: @x"]
)
def test_keys_that_nobody_asked_for_may_hold_anything(more: str) -> None:
    assert parse_answer(GOOD.replace("is_table: False", f"is_table: False\n{more}")) == parse_answer(GOOD)
