"""The model profile: everything that differs between one OCR model and the next.

``reading.model_profiles`` holds the built-in profiles and chooses one; settings may define more.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Literal

from pydantic import Field

from olmocr_core.domain.identity import inline_prompt_id
from olmocr_core.domain.models import Frozen


class ModelProfile(Frozen):
    """How to ask one kind of model and how to read its answers.

    ``longest_side`` in pixels; ``context`` and ``max_tokens`` in tokens. ``match`` holds shell patterns of model names;
    case and the owner before the slash do not matter. ``prompt`` is the text of a prompt and replaces ``prompt_id``; an
    empty one sends the image alone. ``rotation`` is the direction in which the model counts ``rotation_correction``:
    olmOCR checkpoints since 0825 count counter-clockwise degrees, older ones clockwise.
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

    def matches(self, model: str) -> bool:
        """Whether one of the patterns matches this model's name, with or without its owner or folder."""
        whole = model.lower().rstrip("/")
        names = (whole, whole.rsplit("/", 1)[-1])
        return any(fnmatchcase(name, pattern.lower()) for pattern in self.match for name in names)
