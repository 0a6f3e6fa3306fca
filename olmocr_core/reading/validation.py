"""Validate a completion: truncated, repeating, malformed, rotated or good, in this order."""

from __future__ import annotations

from collections.abc import Callable

from olmocr_core.domain.models import Attempt, AttemptOutcome, Completion, Transcription
from olmocr_core.reading.front_matter import MalformedAnswer, parse_answer
from olmocr_core.reading.repetition import find_repeated_unit


def validate_answer(
    attempt: Attempt,
    completion: Completion,
    seconds: float = 0.0,
    parse: Callable[[str], Transcription] = parse_answer,
) -> AttemptOutcome:
    """Validate the completion of an attempt that took ``seconds``; ``parse`` parses its answer."""
    outcome = AttemptOutcome(attempt=attempt, completion=completion, verdict="ok", seconds=seconds)
    if completion.finish_reason == "length":
        return outcome.model_copy(update={"verdict": "length", "detail": "stopped at the token limit"})
    if completion.finish_reason == "repetition":
        return outcome.model_copy(update={"verdict": "repetition", "detail": "aborted in a loop"})
    try:
        transcription = completion.transcription or parse(completion.answer)
    except MalformedAnswer as error:
        return outcome.model_copy(update={"verdict": "malformed", "detail": str(error)})
    outcome = outcome.model_copy(update={"transcription": transcription})
    # An embedded engine does not loop: its text repeats only where the page does.
    if completion.transcription is None and (unit := find_repeated_unit(transcription.text)):
        return outcome.model_copy(update={"verdict": "repetition", "detail": f"repeats {unit[:60]!r}"})
    if not transcription.is_rotation_valid and transcription.rotation_correction:
        turn = transcription.rotation_correction
        return outcome.model_copy(update={"verdict": "rotation", "detail": f"asks for a turn by {turn} degrees"})
    return outcome
