"""Errors, ``Retry-After``, finish reasons and usage in all the shapes in which servers send them."""

import json
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from olmocr_core.domain.errors import OlmocrError, RequestRejected, RunError
from olmocr_core.domain.models import Completion
from olmocr_core.engines.chat import StreamedAnswer
from olmocr_core.engines.replies import (
    ChatFault,
    extract_message,
    make_error,
    parse_finish_reason,
    parse_retry_after,
    parse_stream_error,
    parse_usage,
)

WORDS = st.sampled_from(
    ["error", "object", "message", "code", "detail", "choices", "delta", "content", "finish_reason", "usage", "prompt_tokens",
     "completion_tokens", "prompt_tokens_details", "cached_tokens", "x"]
)  # fmt: skip
NOW = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("17", 17.0),
        ("1.5", 1.5),
        ("Thu, 01 Jan 2026 12:00:30 GMT", 30.0),
        ("Thu, 01 Jan 2026 12:00:30 -0000", 30.0),
        ("Thu, 01 Jan 2026 11:00:00 GMT", None),
        ("0", None),
        ("-3", None),
        ("nan", None),
        ("inf", None),
        ("soon", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after(value: str | None, seconds: float | None) -> None:
    assert parse_retry_after(value, NOW) == seconds


NUMBERS = st.integers(-10, 10**20).map(str)
DATES = st.tuples(NUMBERS, NUMBERS, NUMBERS, st.sampled_from(["GMT", "-0000", "+"]), NUMBERS).map(
    lambda part: f"Thu, {part[0]} Jan {part[1]} {part[2]}:00:00 {part[3]}{part[4]}"
)


@given(st.text(max_size=40) | DATES)
@example("Thu, 01 Jan 99999999999 00:00:00 GMT")
@example("Thu, 01 Jan 2026 00:00:00 +99999999999999")
def test_any_retry_after_is_none_or_a_wait(value: str) -> None:
    seconds = parse_retry_after(value, NOW)
    assert seconds is None or seconds > 0


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"object": "error", "message": "Could not decode image", "code": 400}, "Could not decode image"),
        ({"error": {"message": "Could not decode image"}}, "Could not decode image"),
        ({"error": "Could not decode image"}, "Could not decode image"),
        ({"detail": "Not Found"}, "Not Found"),
        ({"detail": [{"loc": ["body"]}]}, '[{"loc": ["body"]}]'),
        ([1, 2], "[1, 2]"),
    ],
)
def test_the_message_of_an_error_body(body: object, words: str) -> None:
    assert extract_message(json.dumps(body).encode()) == words


def test_an_error_body_without_json_is_shortened_text() -> None:
    assert extract_message(b"<html>Bad\n Gateway</html>") == "<html>Bad Gateway</html>"
    assert extract_message(b"") == "no message"
    assert len(extract_message(b"x" * 10_000)) == 500


@given(st.binary(max_size=200))
def test_every_error_body_has_a_message(body: bytes) -> None:
    assert extract_message(body)


@pytest.mark.parametrize(
    ("status", "kind"),
    [(429, "throttled"), (503, "throttled"), *((status, "server_error") for status in (500, 502, 404, 408, 302, 204))],
)
def test_statuses_of_temporary_faults(status: int, kind: str) -> None:
    found = make_error(status, b"{}", "3")
    assert isinstance(found, ChatFault)
    assert (found.kind, found.retry_after) == (kind, 3.0)


@pytest.mark.parametrize("status", [400, 413, 422])
def test_statuses_of_rejected_requests(status: int) -> None:
    assert isinstance(make_error(status, b"no"), RequestRejected)


@pytest.mark.parametrize("status", [401, 402, 403])
def test_statuses_that_would_fail_every_page_stop_the_run(status: int) -> None:
    assert isinstance(make_error(status, b"no"), RunError)


def test_an_error_in_the_stream_is_read_by_its_code() -> None:
    assert isinstance(parse_stream_error({"error": {"message": "too long", "code": 400}}), RequestRejected)
    assert isinstance(parse_stream_error({"error": {"message": "died", "code": "internal"}}), ChatFault)
    assert isinstance(parse_stream_error({"object": "error", "message": "busy", "code": 503}), ChatFault)


def test_finish_reasons() -> None:
    assert (parse_finish_reason("stop"), parse_finish_reason("length")) == ("stop", "length")
    with pytest.raises(ChatFault, match="abort"):
        parse_finish_reason("abort")
    with pytest.raises(RequestRejected, match="content filter"):
        parse_finish_reason("content_filter")


@pytest.mark.parametrize("usage", [None, 7, {}, {"prompt_tokens": "x", "prompt_tokens_details": None}])
def test_missing_usage_counts_as_nothing(usage: object) -> None:
    assert parse_usage(usage).input_tokens == 0


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.integers(10**300, 10**301) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(WORDS, ANY_JSON, max_size=5))
def test_any_event_is_added_or_raises_a_named_error(event: dict[str, object]) -> None:
    answer = StreamedAnswer()
    with suppress(ChatFault, OlmocrError):
        answer.add_event(event)
    assert Completion(answer=answer.text, usage=answer.usage).model_dump_json()
    assert max(answer.usage.input_tokens, answer.usage.output_tokens, answer.usage.cached_tokens) < 2**31
