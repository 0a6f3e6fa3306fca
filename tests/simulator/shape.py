"""The size and the pace of the simulated server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Habits:
    """How a stranger's server differs.

    ``refuses`` maps a field of the request to the status and the body of the refusal; ``whole`` answers a stream's request
    with one document; ``stop`` is its word for a finished answer, None for none at all. ``gateway`` is LiteLLM's proxy: it says
    so in a header, says ``stop`` at the end of a stream that broke off, loses a document behind it, writes codes as words, and
    asks for counts by itself. ``blind`` is the refusal of images.
    """

    refuses: Mapping[str, tuple[int, Any]] = field(default_factory=dict)
    whole: bool = False
    stop: str | None = "stop"
    models: Literal["object", "bare", "none"] = "object"
    gateway: bool = False
    owner: str = ""
    blind: tuple[int, Any] | None = None

    def refusal(self, body: Mapping[str, Any]) -> tuple[int, Any] | None:
        """Status and body for a request that is not taken."""
        if self.blind:
            return self.blind
        asked = {*body, "stream_options"} if self.gateway and body.get("stream") else body
        return next((refusal for name, refusal in self.refuses.items() if name in asked), None)


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
    habits: Habits = Habits()
