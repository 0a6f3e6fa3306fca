"""The size and the pace of the simulated server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Shape:
    """``slots`` requests run at once and ``most_queued`` wait; a page takes ``seconds_per_page`` from its slot to its end."""

    slots: int = 16
    most_queued: int = 4096
    seconds_per_page: float = 0.0
    tokens_per_page: int = 60
    tokens_per_event: int = 10
    loop_tokens: int = 4000
    retry_after: str = "1"
    model: str = "olmocr"
    root: str = "allenai/olmOCR-2-7B-1025-FP8"
    context: int = 16384
    dialect: Literal["sglang", "vllm", "generic"] = "sglang"
    api_key: str | None = None
    obeys_regex: bool = True
    metrics: bool = True
    image_tokens: int = 1656
