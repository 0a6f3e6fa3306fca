import pytest

from olmocr_core.domain.models import Attempt, Completion, Transcription
from olmocr_core.engines.scripted import answer
from olmocr_core.reading.front_matter import parse_markdown
from olmocr_core.reading.validation import validate_answer

ATTEMPT = Attempt(number=1, temperature=0.1)


@pytest.mark.parametrize(
    ("completion", "verdict"),
    [
        (answer("fine"), "ok"),
        (answer(""), "ok"),
        (answer("fine").model_copy(update={"finish_reason": "length"}), "length"),
        (answer("fine").model_copy(update={"finish_reason": "repetition"}), "repetition"),
        (Completion(answer="no front matter"), "malformed"),
        (answer("row\n" * 1000), "repetition"),
        (answer("x", is_rotation_valid=False, rotation_correction=90), "rotation"),
        (answer("x", is_rotation_valid=False, rotation_correction=0), "ok"),
        (answer("row\n" * 1000, is_rotation_valid=False, rotation_correction=90), "repetition"),
    ],
)
def test_the_first_matching_verdict_counts(completion: Completion, verdict: str) -> None:
    assert validate_answer(ATTEMPT, completion).verdict == verdict


def test_a_transcription_of_the_engine_is_not_parsed() -> None:
    repeating = Transcription(text="row\n" * 1000)
    outcome = validate_answer(ATTEMPT, Completion(transcription=repeating, route="text_layer"))
    assert (outcome.verdict, outcome.transcription) == ("ok", repeating)


def test_the_parser_of_the_profile_reads_the_answer() -> None:
    completion = Completion(answer="# Just Markdown")
    attempt = ATTEMPT
    assert validate_answer(attempt, completion).verdict == "malformed"
    outcome = validate_answer(attempt, completion, parse=parse_markdown)
    assert outcome.verdict == "ok"
    assert outcome.transcription is not None
    assert outcome.transcription.text == "# Just Markdown"
