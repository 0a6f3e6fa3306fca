"""The request for one page, as JSON with the page image in it, in the words that its server takes."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, replace
from functools import cache
from io import BytesIO

from PIL import Image

from olmocr_core.domain.model_profile import ModelProfile
from olmocr_core.domain.ports import PageRequest
from olmocr_core.domain.settings import Inference
from olmocr_core.engines.chat import ChatCall, TimeLimits
from olmocr_core.engines.handshake import Peer
from olmocr_core.reading.model_profiles import build_front_matter_regex, load_prompt

_IMAGE = "<image goes here>"
_PROBE_TOKENS = 1
_PROBE_SIDE = 56


@dataclass(frozen=True, slots=True)
class PageQuestion:
    """What every page is asked with: profile, prompt, time limits, and whether answers are held to a format."""

    profile: ModelProfile
    prompt: str
    limits: TimeLimits
    constrained: bool

    @classmethod
    def build(cls, profile: ModelProfile, inference: Inference) -> PageQuestion:
        """Load the profile's prompt. Raises UsageError when there is none."""
        return cls(profile, load_prompt(profile), make_time_limits(inference), inference.constrained)

    def call(self, request: PageRequest, peer: Peer) -> ChatCall:
        """The call for a page."""
        image = f"data:image/{request.facts.encoding};base64,".encode() + base64.b64encode(request.image)
        return self._call(peer, image, request.attempt.temperature, self.profile.max_tokens)

    def probe(self, peer: Peer) -> ChatCall:
        """The same question about a small white image: a server that answers it is well."""
        return self._call(peer, b"data:image/png;base64," + base64.b64encode(_white_image()), 0.0, _PROBE_TOKENS)

    def _call(self, peer: Peer, image: bytes, temperature: float, max_tokens: int) -> ChatCall:
        # The prompt comes first, so that all pages share its place in the server's prefix cache.
        content: list[dict[str, object]] = [{"type": "text", "text": self.prompt}] if self.prompt else []
        content.append({"type": "image_url", "image_url": {"url": _IMAGE}})
        body = {
            "model": peer.model,
            "messages": [{"role": "user", "content": content}],
            **peer.dialect.parameters(max_tokens, temperature),
        }
        if self.constrained and self.profile.answer == "front_matter":
            body |= peer.dialect.constrained(build_front_matter_regex())
        head, tail = json.dumps(body).rsplit(_IMAGE, 1)
        streams = peer.dialect.streams
        # An answer in one piece comes all at its end.
        limits = self.limits if streams else replace(self.limits, first_token=self.limits.total)
        return ChatCall(peer.chat_url, head.encode() + image + tail.encode(), limits, streams)


def make_time_limits(inference: Inference) -> TimeLimits:
    """The limits of one request, from settings."""
    return TimeLimits(
        connect=inference.connect_seconds,
        first_token=inference.first_token_seconds,
        idle=inference.idle_seconds,
        total=inference.total_seconds,
    )


@cache
def _white_image() -> bytes:
    data = BytesIO()
    Image.new("RGB", (_PROBE_SIDE, _PROBE_SIDE), "white").save(data, "PNG")
    return data.getvalue()
