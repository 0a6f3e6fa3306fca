"""The built-in model profiles, and how to get a profile's prompt and answer parser.

A new model needs one profile in settings and no code.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from olmocr_core.domain.errors import UsageError
from olmocr_core.domain.model_profile import ModelProfile
from olmocr_core.domain.models import Transcription
from olmocr_core.reading.front_matter import parse_answer, parse_markdown
from olmocr_core.reading.prompts import find_prompt
from olmocr_core.reading.rotation import to_clockwise

AnswerParser = Callable[[str], Transcription]
"""Parses a raw answer. Raises MalformedAnswer."""


BUILT_IN_PROFILES: tuple[ModelProfile, ...] = (
    # The launchers of olmocr serve the current checkpoint under the name "olmocr".
    ModelProfile(name="olmocr-2", prompt_id="olmocr-v4", match=("olmocr-2-*", "olmocr")),
    ModelProfile(name="olmocr-0825", prompt_id="olmocr-no-anchoring", match=("olmocr-7b-0825*",)),
    ModelProfile(name="olmocr-0725", prompt_id="olmocr-no-anchoring", rotation="clockwise", match=("olmocr-7b-0725*",)),
    ModelProfile(
        name="plain-markdown",
        prompt_id="flows-markdown-1",
        answer="markdown",
        match=("*rolmocr*", "*nanonets-ocr*", "*lightonocr*"),
    ),
    ModelProfile(name="generic"),
)
# These were trained with text of the PDF in the prompt, which this project does not send.
_NEEDS_ANCHORS = ("olmocr-7b-0225*",)


def choose_profile(
    wanted: str, models: tuple[str, ...], custom: Mapping[str, ModelProfile] | None = None
) -> ModelProfile:
    """Choose the profile named ``wanted``, or for ``auto`` the first that matches one of the model's names, else ``generic``.

    Profiles from settings come first. Raises UsageError for an unknown name and for a model that is not supported.
    """
    known = (*(custom or {}).values(), *BUILT_IN_PROFILES)
    if wanted != "auto":
        for profile in known:
            if profile.name == wanted:
                return profile
        names = ", ".join(dict.fromkeys(profile.name for profile in known))
        raise UsageError(f"there is no profile {wanted!r}; known profiles: auto, {names}")
    for profile in known:
        if any(profile.matches(model) for model in models):
            return profile
    if any(ModelProfile(name="", match=_NEEDS_ANCHORS).matches(model) for model in models):
        raise UsageError(
            f"model {models[0]}: checkpoints of 0225 need document anchoring; use a newer olmOCR checkpoint"
        )
    return next(profile for profile in known if profile.name == "generic")


def load_prompt(profile: ModelProfile) -> str:
    """Load the prompt of a profile. Raises UsageError if the prompt's package is missing."""
    return find_prompt(profile.prompt_id) if profile.prompt is None else profile.prompt


def choose_parser(profile: ModelProfile) -> AnswerParser:
    """Choose the parser for a profile's answers; it returns rotation corrections in counter-clockwise degrees."""
    if profile.answer == "markdown":
        return parse_markdown
    return parse_answer if profile.rotation == "counter_clockwise" else _parse_clockwise


def build_front_matter_regex() -> str:
    """Return a regular expression for well-formed answers, in the subset that constrained decoding supports."""
    boolean = "(True|False|true|false)"
    return (
        r"---\nprimary_language: ([a-z][a-z]|null)\n"
        rf"is_rotation_valid: {boolean}\n"
        r"rotation_correction: (0|90|180|270)\n"
        rf"is_table: {boolean}\n"
        rf"is_diagram: {boolean}\n"
        r"---(\n[\s\S]*)?"
    )


def _parse_clockwise(answer: str) -> Transcription:
    found = parse_answer(answer)
    return found.model_copy(update={"rotation_correction": to_clockwise(found.rotation_correction)})
