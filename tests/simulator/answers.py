"""What the simulated model writes: a text that follows from the image alone, or the planned mess."""

from __future__ import annotations

import random
import re
from typing import Any

from olmocr_core.domain.models import Transcription
from olmocr_core.reading.front_matter import format_answer
from tests.simulator.plan import Asked, Fault
from tests.simulator.shape import Shape

_WORDS = re.findall(
    r"\S+", "the page of a report says that water rises over stone while 1907 and 42 % remain in table form"
)


def regex_of(body: dict[str, Any], shape: Shape) -> str | None:
    """The constraint that this kind of server sees; the others are ignored in silence, as real servers do."""
    if not shape.obeys_regex:
        return None
    if shape.dialect == "sglang":
        return body.get("regex")
    return (body.get("structured_outputs") or {}).get("regex") if shape.dialect == "vllm" else None


def tokens_of(body: dict[str, Any], asked: Asked, fault: Fault | None, shape: Shape) -> list[str]:
    """The answer in tokens."""
    regex = regex_of(body, shape)
    if regex is not None and re.escape(regex).replace("\\-", "-") == regex:
        return [regex]
    if fault == "loop":
        return ["---\nprimary_language: en\n", *["and so on and on\n"] * shape.loop_tokens]
    text = page_text(asked, shape.tokens_per_page)
    if regex is None and fault == "missing":
        return _split(text)
    if regex is None and fault == "malformed":
        return _split(f"---\nprimary_language: en\nis_table: perhaps\n---\n{text}")
    turned = fault == "rotation"
    fields = {"is_rotation_valid": not turned, "rotation_correction": 90 if turned else 0, "primary_language": "en"}
    return _split(format_answer(Transcription.model_validate({"text": text, **fields})))


def page_text(asked: Asked, tokens: int) -> str:
    """The text of a page: it names its image and never repeats itself."""
    chance = random.Random(asked.digest)
    return f"Page {asked.digest[:16]}. " + " ".join(chance.choices(_WORDS, k=max(0, tokens - 20)))


def _split(text: str) -> list[str]:
    return re.findall(r"\S+\s*|\s+", text)
