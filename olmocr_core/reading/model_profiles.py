"""Model profiles: all that differs between one OCR model and the next. A new model is one profile in settings, no code.

The profile of a checkpoint names its prompt, its image size, its limits, the form of its answers, and which way it means
``rotation_correction``: olmOCR checkpoints since 0825 mean counter-clockwise degrees, older ones clockwise.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from typing import Literal

from pydantic import Field

from olmocr_core.domain.errors import UsageError
from olmocr_core.domain.models import Frozen, Transcription
from olmocr_core.reading.front_matter import parse_answer, parse_markdown
from olmocr_core.reading.prompts import inline_prompt_id, prompt_text
from olmocr_core.reading.rotation import clockwise

Parse = Callable[[str], Transcription]


class ModelProfile(Frozen):
    """How to ask one kind of model and how to read its answers.

    ``longest_side`` in pixels; ``context`` and ``max_tokens`` in tokens; ``match`` are shell patterns of model names,
    blind to case and to the owner before the slash. ``prompt`` spells a prompt out in place of ``prompt_id``; an empty one
    sends the image alone.
    """

    name: str
    prompt_id: str = "flows-1"
    prompt: str | None = None
    longest_side: int = Field(1288, ge=64, le=8192)
    context: int = Field(16384, ge=256)
    max_tokens: int = Field(8000, ge=16)
    answer: Literal["front_matter", "markdown"] = "front_matter"
    rotation: Literal["counter_clockwise", "clockwise"] = "counter_clockwise"
    match: tuple[str, ...] = ()

    @property
    def effective_prompt_id(self) -> str:
        """The id of the prompt that is sent; it is part of the engine's identity."""
        return self.prompt_id if self.prompt is None else inline_prompt_id(self.prompt)

    def text(self) -> str:
        """The prompt that is sent. Raises UsageError when its package is missing."""
        return prompt_text(self.prompt_id) if self.prompt is None else self.prompt

    @property
    def parse(self) -> Parse:
        """Reads an answer of this model; rotation corrections come out counter-clockwise. Raises MalformedAnswer."""
        if self.answer == "markdown":
            return parse_markdown
        return parse_answer if self.rotation == "counter_clockwise" else _parse_clockwise

    def fits(self, model: str) -> bool:
        """Whether one of the patterns matches this model's name, with or without its owner or folder."""
        whole = model.lower().rstrip("/")
        names = (whole, whole.rsplit("/", 1)[-1])
        return any(fnmatchcase(name, pattern.lower()) for pattern in self.match for name in names)


BUILT_IN: tuple[ModelProfile, ...] = (
    # The launchers of upstream serve the current checkpoint under the name "olmocr".
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
# These were trained with text pulled from the PDF inside the prompt, which this project does not send.
_NEEDS_ANCHORS = ("olmocr-7b-0225*",)


def choose_profile(
    wanted: str, models: tuple[str, ...], custom: Mapping[str, ModelProfile] | None = None
) -> ModelProfile:
    """The profile called ``wanted``, or for ``auto`` the first that fits one of the model's names, else ``generic``.

    Profiles from settings come before the built-in ones. Raises UsageError for an unknown name or a model without one.
    """
    known = (*(custom or {}).values(), *BUILT_IN)
    if wanted != "auto":
        for profile in known:
            if profile.name == wanted:
                return profile
        names = ", ".join(dict.fromkeys(profile.name for profile in known))
        raise UsageError(f"there is no profile {wanted!r}; known profiles: auto, {names}")
    for profile in known:
        if any(profile.fits(model) for model in models):
            return profile
    if any(ModelProfile(name="", match=_NEEDS_ANCHORS).fits(model) for model in models):
        raise UsageError(
            f"model {models[0]}: checkpoints of 0225 need document anchoring; take a newer olmOCR checkpoint"
        )
    return next(profile for profile in known if profile.name == "generic")


def front_matter_regex() -> str:
    """A regular expression that every well-formed answer matches, in the subset that constrained decoding understands."""
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
    return found.model_copy(update={"rotation_correction": clockwise(found.rotation_correction)})
