"""Parsing of what servers answer, none of it trusted: errors, ``Retry-After``, finish reasons, token counts."""

from __future__ import annotations

import json
import math
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal

import httpx

from olmocr_core.domain.errors import OlmocrError, RequestRejected, RunError
from olmocr_core.domain.json_parsing import InvalidJson, load_json
from olmocr_core.domain.models import FinishReason, Usage
from olmocr_core.domain.text_cleaning import clean_text
from olmocr_core.engines.bounded import plain_pieces

FaultKind = Literal["refused", "reset", "timeout", "throttled", "server_error", "protocol"]
_MOST_ERROR_BYTES = 65_536
_MOST_WORDS = 500
# More is no count; sums of more overflow in Parquet.
_MOST_TOKENS = 1_000_000_000
# The fault of the key, the bill or the access, never of a page: no page may fail for them.
_RUN_IS_WRONG = {401: "the API key is missing or wrong", 402: "the account cannot pay", 403: "access is denied"}
# The same in words, with the status of a wrong request (LiteLLM) or of a fault that passes (llama.cpp's server, OpenRouter).
_CANNOT_SEE = re.compile(
    r"image input is not (?:supported|enabled)|not a multimodal model|image_url is only supported by|at most 0 image"
    r"|no endpoints found that support image|(?:does not|doesn't) support (?:image input|images(?=[.,;:]|$)|vision)"
    r"|required for image input"
    r"|unknown variant `image_url`",
    re.IGNORECASE,
)
_CANNOT_PAY = re.compile(
    r"budget has been exceeded|exceeded budget|insufficient[ _](?:credit|balance|fund|quota)|credit balance is too low",
    re.IGNORECASE,
)
# vLLM, LMDeploy and OpenAI say the first. A route that is not found may pass: a gateway's servers start again.
_NOT_SERVED = re.compile(r"\bthe model \S+ does not exist|not found, try pulling it first", re.IGNORECASE)
_WRONG_KEY = re.compile(r"no connected db\b", re.IGNORECASE)
_THREE_DIGITS = re.compile("[0-9]{3}")
# OpenAI's API says stop, length and content_filter; TGI, LMDeploy and proxies before other APIs say the others.
_STOPPED = frozenset({"stop", "eos", "eos_token", "end_turn", "stop_sequence", "stop_token", "complete", "completed"})
_CUT = frozenset({"length", "max_tokens", "max_length", "model_length", "max_output_tokens"})
_FILTERED = frozenset({"content_filter", "safety", "refusal", "recitation"})
_TOO_BUSY = frozenset({429, 503})
_MAY_PASS = frozenset({404, 405, 408, 409, 421, 423, 424, 425})


class ChatFault(Exception):
    """A fault of connection or server that may pass. ``retry_after`` is in seconds, None if the server sent none."""

    def __init__(self, kind: FaultKind, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.retry_after = retry_after


async def read_error(response: httpx.Response) -> ChatFault | OlmocrError:
    """The exception for a response other than 200. Reads at most 64 kB of its body."""
    body = bytearray()
    try:
        async for data in plain_pieces(response):
            body += data
            if len(body) >= _MOST_ERROR_BYTES:
                break
    except httpx.DecodingError as error:
        body += str(error).encode()
    return make_error(response.status_code, bytes(body), response.headers.get("retry-after"))


def make_error(status: int, body: bytes, retry_after: str | None = None) -> ChatFault | OlmocrError:
    """The exception for a status and a body."""
    message = f"{status}: {extract_message(body)}"
    if status >= 400 and (wrong := _find_cause(status, message)):
        return RunError(f"the server refuses every request, {wrong} ({message})")
    if status in _TOO_BUSY:
        return ChatFault("throttled", message, parse_retry_after(retry_after))
    if status >= 500 or status < 400 or status in _MAY_PASS:
        return ChatFault("server_error", message, parse_retry_after(retry_after))
    return RequestRejected(message)


def parse_stream_error(event: dict[str, Any]) -> ChatFault | OlmocrError:
    """The exception for an error event inside of a stream. An event without a code is the server's fault."""
    inner = event.get("error")
    found = inner if isinstance(inner, dict) else event
    status = found.get("code", found.get("status_code"))
    # LiteLLM writes numbers as words.
    number = int(status) if isinstance(status, str) and _THREE_DIGITS.fullmatch(status) else status
    known = number if isinstance(number, int) and 400 <= number < 600 else 500
    return make_error(known, json.dumps(event).encode())


def extract_message(body: bytes) -> str:
    """The message in an error body: nested (``{"error": {"message"}}``), flat (``{"message"}``), or plain text."""
    text = body[:_MOST_ERROR_BYTES].decode("utf-8", "replace")
    try:
        found = load_json(text, _MOST_ERROR_BYTES)
    except InvalidJson:
        return _short(text)
    for key in ("error", "message", "detail"):
        if not isinstance(found, dict):
            break
        found = found.get(key, found)
    return _short(found if isinstance(found, str) else json.dumps(found))


def parse_retry_after(value: str | None, now: datetime | None = None) -> float | None:
    """``Retry-After``, a number or an HTTP date, in seconds; None for anything else.

    Zero counts as absent, so that our own backoff applies: else requests would repeat without a pause.
    """
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        seconds = _until(value, now or datetime.now(UTC))
    return seconds if math.isfinite(seconds) and seconds > 0 else None


def parse_finish_reason(reason: str) -> FinishReason:
    """The finish reason, in any server's word. Raises ChatFault or RequestRejected for one that does not end an answer."""
    word = reason.lower()
    if word in _STOPPED:
        return "stop"
    if word in _CUT:
        return "length"
    if word in _FILTERED:
        raise RequestRejected("the server's content filter stopped the answer")
    raise ChatFault("server_error", f"the server ended the answer with reason {str(reason)[:60]!r}")


def extract_text(choice: dict[str, Any]) -> str:
    """The text of a streamed delta or of a whole message."""
    part = choice.get("delta") or choice.get("message") or {}
    text = part.get("content") if isinstance(part, dict) else None
    return text if isinstance(text, str) else ""


def parse_usage(usage: Any) -> Usage:
    """Token counts; what a server leaves out counts as 0."""
    if not isinstance(usage, dict):
        return Usage()
    details = usage.get("prompt_tokens_details")
    cached = details.get("cached_tokens") if isinstance(details, dict) else 0
    return Usage(
        input_tokens=_count(usage.get("prompt_tokens")),
        output_tokens=_count(usage.get("completion_tokens")),
        cached_tokens=_count(cached),
    )


def _find_cause(status: int, message: str) -> str | None:
    """Why every request would fail, by status or in words; None for a fault of this request or moment."""
    if _CANNOT_SEE.search(message):
        return "its model reads no images: start it with one that does (llama.cpp: --mmproj), or choose it with --model"
    if _NOT_SERVED.search(message):
        return "it serves another model: name that one with --model, or start the server with the right one"
    if status not in _TOO_BUSY and _CANNOT_PAY.search(message):
        return _RUN_IS_WRONG[402]
    return _RUN_IS_WRONG[401] if _WRONG_KEY.search(message) else _RUN_IS_WRONG.get(status)


def _count(value: Any) -> int:
    return value if isinstance(value, int) and 0 < value < _MOST_TOKENS else 0


def _until(date: str, now: datetime) -> float:
    try:
        then = parsedate_to_datetime(date)
    except (ValueError, OverflowError):
        # A year of eleven digits is no ValueError.
        return 0.0
    return ((then if then.tzinfo else then.replace(tzinfo=UTC)) - now).total_seconds()


def _short(text: str) -> str:
    words = " ".join(clean_text(text).split())
    return words[:_MOST_WORDS] or "no message"
