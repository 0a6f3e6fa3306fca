"""One streaming chat completion: send it, time it, stop it when it loops, and return an answer or a named fault.

Four time limits hold for every request: for connecting, for the first token, between two tokens, and for the whole answer.
Ending early (a loop, a time limit, a cancelled task) closes the stream, and the server aborts the request.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import httpx

from olmocr_core.domain.errors import RequestRejected
from olmocr_core.domain.json_parsing import InvalidJson, load_json
from olmocr_core.domain.models import FinishReason, Usage
from olmocr_core.engines.bounded import MOST_BYTES, plain_lines
from olmocr_core.engines.replies import (
    ChatFault,
    extract_text,
    parse_finish_reason,
    parse_stream_error,
    parse_usage,
    read_error,
)
from olmocr_core.reading.front_matter import MOST_ANSWER_CHARACTERS
from olmocr_core.reading.repetition import RepetitionDetector

# 8,000 tokens with an event of 300 bytes each are 2.4 MB; servers that send probabilities with them need thirty times that.
_MOST_STREAM_BYTES = 100_000_000
_MOST_REST_BYTES = 10_000


class UnreliableStream(RequestRejected):
    """The server's streams hide whether an answer is whole: it is to be asked for answers in one piece."""


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """The time limits of one request, in seconds."""

    connect: float = 10.0
    first_token: float = 180.0
    idle: float = 60.0
    total: float = 900.0


@dataclass(slots=True)
class StreamedAnswer:
    """An answer while it streams. ``tokens`` counts the pieces that came; on SGLang and vLLM each is one token."""

    parts: list[str] = field(default_factory=list)
    finish: FinishReason | None = None
    tokens: int = 0
    characters: int = 0
    _usage: object = None

    @property
    def usage(self) -> Usage:
        """The server's token counts. For an aborted answer without them: the pieces that came."""
        usage = parse_usage(self._usage)
        if self.finish == "repetition" and not usage.output_tokens:
            return usage.model_copy(update={"output_tokens": self.tokens})
        return usage

    @property
    def text(self) -> str:
        """The text so far. Half a surrogate pair without its other half is replaced."""
        return "".join(self.parts).encode("utf-16", "surrogatepass").decode("utf-16", "replace")

    @property
    def is_void(self) -> bool:
        """Whether nothing came: no text, and no count of tokens that says so."""
        return self.finish == "stop" and not self.parts and self._usage is None

    def end(self) -> None:
        """The server says that this was all. Some servers give no reason for it."""
        if self.finish is None and self.parts:
            self.finish = "stop"

    def add_event(self, event: dict[str, Any]) -> str:
        """Add one event and return its text. Raises ChatFault for an error inside of the stream."""
        if event.get("error") or event.get("object") == "error":
            raise parse_stream_error(event)
        if usage := event.get("usage"):
            self._usage = usage
        choices = event.get("choices")
        choice = choices[0] if isinstance(choices, list) and choices else None
        if not isinstance(choice, dict):
            return ""
        text = extract_text(choice)
        if text:
            self.parts.append(text)
            self.tokens += 1
            self.characters += len(text)
            if self.characters > MOST_ANSWER_CHARACTERS:
                raise ChatFault("protocol", f"the answer grew past {MOST_ANSWER_CHARACTERS:,} characters")
        if reason := choice.get("finish_reason"):
            self.finish = parse_finish_reason(str(reason))
        return text


@dataclass(frozen=True, slots=True)
class ChatCall:
    """A request: the URL, the encoded JSON body, its time limits, and whether it asks for a stream."""

    url: str
    body: bytes
    limits: TimeLimits
    streams: bool = True


async def stream_chat(client: httpx.AsyncClient, call: ChatCall, answer: StreamedAnswer) -> None:
    """Fill ``answer`` until it is finished or loops.

    A server that answers with one JSON document instead of a stream is understood, too. Raises ChatFault for a fault that may
    pass, RequestRejected for this request, and RunError for every request.
    """
    deadline = _Deadline(call.limits)
    # No read timeout of httpx: it would end a request that waits in the server's queue.
    timeout = httpx.Timeout(None, connect=call.limits.connect)
    try:
        async with deadline.guard, client.stream("POST", call.url, content=call.body, timeout=timeout) as response:
            if response.status_code != httpx.codes.OK:
                raise await read_error(response)
            if call.streams and _hides_the_end(response):
                raise UnreliableStream("LiteLLM says `stop` for streams that break off, so it is asked without streams")
            await _consume(response, answer, deadline)
    except (TimeoutError, httpx.RequestError) as error:
        # A fault after the end of the answer costs nothing.
        if answer.finish is None:
            raise _fault(error, deadline) from error
    if answer.finish is None:
        raise ChatFault("reset", "the stream ended before the answer did")
    if call.streams and answer.is_void:
        answer.finish = None
        raise UnreliableStream(
            "a stream without text or counts; a gateway may have lost them, so it is asked without streams"
        )


def _hides_the_end(response: httpx.Response) -> bool:
    return "x-litellm-version" in response.headers and "event-stream" in response.headers.get("content-type", "")


def _fault(error: TimeoutError | httpx.RequestError, deadline: _Deadline) -> ChatFault:
    words = str(error) or type(error).__name__
    if isinstance(error, TimeoutError):
        return ChatFault("timeout", deadline.describe())
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        return ChatFault("refused", f"no connection ({words})")
    if isinstance(error, httpx.TransportError):
        return ChatFault("reset", f"the connection broke ({words})")
    return ChatFault("protocol", f"the answer cannot be read ({words})")


async def _consume(response: httpx.Response, answer: StreamedAnswer, deadline: _Deadline) -> None:
    detector = RepetitionDetector()
    async for event in _events(response, answer.end):
        text = answer.add_event(event)
        if text or answer.finish:
            deadline.extend()
        if text and answer.finish is None and detector.feed(text):
            answer.finish = "repetition"
            return


async def _events(response: httpx.Response, end: Callable[[], None]) -> AsyncIterator[dict[str, Any]]:
    """The JSON events of a stream of server-sent events, or the one document of a server that does not stream.

    ``end`` is called at ``[DONE]`` and after a document. Comments and other fields are skipped.
    """
    lines = plain_lines(response, MOST_BYTES, _MOST_STREAM_BYTES)
    async for line in lines:
        if line.lstrip().startswith(b"{"):
            yield await _document(line, lines)
            end()
            return
        payload = line[5:].strip() if line.startswith(b"data:") else b""
        if payload == b"[DONE]":
            end()
            break
        if payload:
            yield _decoded(payload)
    # Without the end of the body, which comes at once, the connection cannot be reused.
    rest = 0
    async for line in lines:
        rest += len(line)
        if rest > _MOST_REST_BYTES:
            return


async def _document(first: bytes, rest: AsyncIterator[bytes]) -> dict[str, Any]:
    body = bytearray(first)
    async for line in rest:
        body += b"\n" + line
        if len(body) > MOST_BYTES:
            raise ChatFault("protocol", f"the answer grew past {MOST_BYTES:,} bytes")
    return _decoded(bytes(body))


def _decoded(payload: bytes) -> dict[str, Any]:
    try:
        event = load_json(payload, MOST_BYTES)
    except InvalidJson as error:
        raise ChatFault(
            "protocol", f"an event of the stream is not JSON ({str(error)[:80]}): {payload[:80]!r}"
        ) from error
    if not isinstance(event, dict):
        raise ChatFault("protocol", f"an event of the stream is not a JSON object: {payload[:80]!r}")
    return event


class _Deadline:
    """The deadline of one request: it moves with every token, but never past the limit of the whole answer."""

    def __init__(self, limits: TimeLimits) -> None:
        self._limits = limits
        self._loop = asyncio.get_running_loop()
        self._end = self._loop.time() + limits.total
        self._stage: Literal["first token", "next token"] = "first token"
        self._moved = 0.0
        first = min(self._end, self._loop.time() + limits.connect + limits.first_token)
        self.guard = asyncio.timeout_at(first)

    def extend(self) -> None:
        self._stage = "next token"
        # Rescheduling costs as much as reading a token: a tenth of the limit is exact enough.
        if self._loop.time() - self._moved < self._limits.idle / 10:
            return
        self._moved = self._loop.time()
        self.guard.reschedule(min(self._end, self._moved + self._limits.idle))

    def describe(self) -> str:
        if self._loop.time() >= self._end:
            return f"the answer took longer than {self._limits.total:g} s"
        if self._stage == "first token":
            return f"no first token within {self._limits.first_token:g} s"
        return f"no further token within {self._limits.idle:g} s"
