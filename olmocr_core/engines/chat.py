"""One streaming chat completion: sent, timed, watched for loops, and turned into an answer or a named fault.

Four limits hold for every request: connecting, the wait for the first token, the silence between tokens, and the whole.
Leaving early (a loop, a time limit, a cancelled task) closes the stream, which makes the server abort the request.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, Literal

import httpx

from olmocr_core.domain.models import FinishReason, Usage
from olmocr_core.engines.replies import (
    ChatFault,
    answer_text,
    finish_of,
    in_stream_fault,
    read_refusal,
    usage_of,
)
from olmocr_core.reading.repetition import RepetitionDetector

# No page needs more; a server that streams for ever is cut here and not when memory is full.
_MOST_CHARACTERS = 4_000_000
_MOST_LINE_BYTES = 4_000_000


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """What one request may take, in seconds."""

    connect: float = 10.0
    first_token: float = 180.0
    idle: float = 60.0
    total: float = 900.0


@dataclass(slots=True)
class StreamedAnswer:
    """An answer while it grows; ``tokens`` counts the pieces that came, which is one token each on SGLang and vLLM."""

    parts: list[str] = field(default_factory=list)
    finish: FinishReason | None = None
    tokens: int = 0
    characters: int = 0
    _usage: object = None

    @property
    def usage(self) -> Usage:
        """What the server counted; for an answer that was cut, what was counted here unless the server said."""
        usage = usage_of(self._usage)
        if self.finish == "repetition" and not usage.output_tokens:
            return usage.model_copy(update={"output_tokens": self.tokens})
        return usage

    @property
    def text(self) -> str:
        """What has come so far, as it came; halves of a character that never met its other half are replaced."""
        return "".join(self.parts).encode("utf-16", "surrogatepass").decode("utf-16", "replace")

    def take(self, event: dict[str, Any]) -> str:
        """Add one event; returns the text that it brought. Raises ChatFault for an error inside the stream."""
        if event.get("error") or event.get("object") == "error":
            raise in_stream_fault(event)
        if usage := event.get("usage"):
            self._usage = usage
        choices = event.get("choices")
        choice = choices[0] if isinstance(choices, list) and choices else None
        if not isinstance(choice, dict):
            return ""
        text = answer_text(choice)
        if text:
            self.parts.append(text)
            self.tokens += 1
            self.characters += len(text)
            if self.characters > _MOST_CHARACTERS:
                raise ChatFault("protocol", f"the answer grew past {_MOST_CHARACTERS:,} characters")
        if reason := choice.get("finish_reason"):
            self.finish = finish_of(str(reason))
        return text


@dataclass(frozen=True, slots=True)
class ChatCall:
    """One request to make: where, the encoded JSON body, and its limits."""

    url: str
    body: bytes
    limits: TimeLimits


async def stream_chat(client: httpx.AsyncClient, call: ChatCall, answer: StreamedAnswer) -> None:
    """Fill ``answer`` until it has finished or loops.

    Raises ChatFault for what may pass, RequestRejected when the request is at fault, RunError when every request would be.
    """
    watch = _Watch(call.limits)
    # The watch alone minds the answer: a read limit of the pool would end a page that waits in the server's queue.
    patience = httpx.Timeout(None, connect=call.limits.connect)
    try:
        async with watch.guard, client.stream("POST", call.url, content=call.body, timeout=patience) as response:
            if response.status_code != httpx.codes.OK:
                raise await read_refusal(response)
            await _consume(response, answer, watch)
    except (TimeoutError, httpx.RequestError) as error:
        # What breaks after the answer has finished costs nothing.
        if answer.finish is None:
            raise _fault(error, watch) from error
    if answer.finish is None:
        raise ChatFault("reset", "the stream ended before the answer did")


def _fault(error: TimeoutError | httpx.RequestError, watch: _Watch) -> ChatFault:
    words = str(error) or type(error).__name__
    if isinstance(error, TimeoutError):
        return ChatFault("timeout", watch.complaint())
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        return ChatFault("refused", f"no connection ({words})")
    if isinstance(error, httpx.TransportError):
        return ChatFault("reset", f"the connection broke ({words})")
    return ChatFault("protocol", f"the answer cannot be read ({words})")


async def _consume(response: httpx.Response, answer: StreamedAnswer, watch: _Watch) -> None:
    detector = RepetitionDetector()
    async for event in _events(response):
        text = answer.take(event)
        if text or answer.finish:
            watch.token_came()
        if text and answer.finish is None and detector.feed(text):
            answer.finish = "repetition"
            return


async def _events(response: httpx.Response) -> AsyncIterator[dict[str, Any]]:
    """The JSON events of a server-sent stream; comments and other fields are passed over, ``[DONE]`` ends it."""
    rest, done = b"", False
    async for data in response.aiter_bytes():
        if done:
            # Read on to the end of the body, or the connection could not be used again.
            continue
        *lines, rest = (rest + data).split(b"\n")
        if len(rest) > _MOST_LINE_BYTES:
            raise ChatFault("protocol", "the stream holds a line of several megabytes")
        for line in lines:
            if not line.startswith(b"data:"):
                continue
            payload = line[5:].strip()
            if payload == b"[DONE]":
                done, rest = True, b""
                break
            yield _decoded(payload)
    if rest.startswith(b"data:") and rest[5:].strip() not in (b"", b"[DONE]"):
        yield _decoded(rest[5:])


def _decoded(payload: bytes) -> dict[str, Any]:
    try:
        event = json.loads(payload)
    except ValueError as error:
        raise ChatFault("protocol", f"the stream holds something that is not JSON: {payload[:80]!r}") from error
    if not isinstance(event, dict):
        raise ChatFault("protocol", f"the stream holds JSON that is not an object: {payload[:80]!r}")
    return event


class _Watch:
    """The deadline of one request, moved on with every token but never past the total."""

    def __init__(self, limits: TimeLimits) -> None:
        self._limits = limits
        self._loop = asyncio.get_running_loop()
        self._end = self._loop.time() + limits.total
        self._stage: Literal["first token", "next token"] = "first token"
        self._moved = 0.0
        first = min(self._end, self._loop.time() + limits.connect + limits.first_token)
        self.guard = asyncio.timeout_at(first)

    def token_came(self) -> None:
        self._stage = "next token"
        # Moving the alarm costs as much as reading a token: a tenth of the limit is exact enough.
        if self._loop.time() - self._moved < self._limits.idle / 10:
            return
        self._moved = self._loop.time()
        self.guard.reschedule(min(self._end, self._moved + self._limits.idle))

    def complaint(self) -> str:
        if self._loop.time() >= self._end:
            return f"the answer took longer than {self._limits.total:g} s"
        if self._stage == "first token":
            return f"no first token within {self._limits.first_token:g} s"
        return f"no further token within {self._limits.idle:g} s"
