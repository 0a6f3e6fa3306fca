"""Targets that read what comes from outside of this machine: answers of servers, addresses, and messages of workers."""

from __future__ import annotations

import json
import pickle

from olmocr_core.domain.errors import OlmocrError
from olmocr_core.domain.json_parsing import InvalidJson, load_json
from olmocr_core.domain.models import Transcription
from olmocr_core.engines.chat import StreamedAnswer
from olmocr_core.engines.dialect import Dialect, ServerUrl, detect_dialect, list_models, parse_server_urls
from olmocr_core.engines.replies import ChatFault, make_error, parse_retry_after
from olmocr_core.pdf.fax import holds_rows
from olmocr_core.pdf.jbig2 import holds_regions
from olmocr_core.reading.serving_metrics import gauge_sum
from olmocr_core.sandbox.ipc import HEADER, Response, pack, unpack
from scripts.fuzz.target import Target
from scripts.fuzz.texts import text_of

_ADDRESSES = (
    b"http://localhost:30000",
    b"https://u:p@[::1]:8/v1/x,http://b/proxy/v1",
    b"http://h:99999",
    b"http://[x]/",
    b"//",
)
_EVENT = json.dumps(
    {
        "choices": [{"delta": {"content": "text"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 1}},
    }
).encode()
_ERROR = b'{"error": {"message": "Unsupported parameter: \'max_tokens\'", "code": 400}}'
_MODELS = b'{"object": "list", "data": [{"id": "m", "owned_by": "vllm", "root": "/x", "max_model_len": 9}]}'
_WAITS = (b"3", b"Wed, 21 Oct 2015 07:28:00 GMT", b"nan", b"1e999", b"Mon, 1 Jan 99999999999 0:0:0 +9999")
_METRICS = b'# HELP x\nsglang:num_queue_reqs{model="a"} 3.0\nvllm:num_requests_waiting 1e9\nx NaN\n'


def run_address(data: bytes) -> None:
    """An address that is taken has a label without a password."""
    for url in parse_server_urls(text_of(data)):
        assert url == ServerUrl.parse(url.root + url.api.removeprefix(url.root))
        assert "@" not in url.label.partition("/")[0]
        assert url.is_loopback in (True, False)
        assert url.is_tls in (True, False)


def run_json(data: bytes) -> None:
    """What is taken can be written again."""
    json.dumps(load_json(data, 100_000))


def run_reply(data: bytes) -> None:
    """The first byte is a status; then come a wait and a body. Every answer is understood, or a fault with a message."""
    status = 300 + 2 * (data[0] if data else 0)
    wait, _, body = data[1:].partition(b"\n")
    error = make_error(status, body, text_of(wait))
    assert 0 < len(str(error)) < 1_000
    Dialect().learn(str(error)).parameters(10, 0.1)
    seconds = parse_retry_after(text_of(wait))
    assert seconds is None or seconds > 0


def run_stream(data: bytes) -> None:
    """Each line is an event. The text of an answer can be written, its counts are in range."""
    answer = StreamedAnswer()
    for line in data.split(b"\n"):
        event = load_json(line, 100_000)
        if isinstance(event, dict):
            answer.add_event(event)
    answer.end()
    answer.text.encode()
    assert answer.usage.output_tokens >= 0


def run_models(data: bytes) -> None:
    """A list of models in any shape, and the server's own description."""
    found = load_json(data, 100_000)
    if isinstance(found, dict | list):
        list_models(found)
        detect_dialect(found, found if isinstance(found, dict) else None)


def run_message(data: bytes) -> None:
    """A message of a worker is of our own classes and plain values, or refused."""
    unpack(data)


def run_image_data(data: bytes) -> None:
    """Width and height come first, then CCITT or JBIG2 data: it holds an image or not."""
    width, height = int.from_bytes(data[:2], "big"), int.from_bytes(data[2:4], "big")
    holds_rows(data[4:], width, height)
    holds_regions(data[4:])


def run_metrics(data: bytes) -> None:
    """Prometheus text of a server."""
    text = text_of(data)
    for name in ("sglang:num_queue_reqs", "vllm:num_requests_waiting", "x"):
        gauge_sum(text, name)


_MESSAGES = (Response((1, "a", {"b": [2.0, None]})), Response(Transcription(text="x")), Response(code="x", message="y"))
TARGETS = (
    Target("addresses", run_address, _ADDRESSES, (OlmocrError,)),
    Target("json", run_json, (_EVENT, b"[" * 70, b"9" * 5_000, b'"\\ud800"', b"{" * 40), (InvalidJson,)),
    Target("replies", run_reply, tuple(bytes([100]) + wait + b"\n" + _ERROR for wait in _WAITS)),
    Target("streams", run_stream, (_EVENT + b"\n" + _EVENT, _ERROR), (InvalidJson, ChatFault, OlmocrError)),
    Target("models", run_models, (_MODELS, b"[" + _MODELS + b"]"), (InvalidJson,)),
    Target("metrics", run_metrics, (_METRICS,)),
    Target(
        "messages",
        run_message,
        tuple(pack(message)[HEADER.size :] for message in _MESSAGES),
        (pickle.UnpicklingError,),
    ),
    Target(
        "image-data",
        run_image_data,
        (b"\0\x10\0\x02\x26\xa0\x80\x10\x01", b"\0\1\0\1" + b"\0\0\0\0\x30\0\1\0\0\0\x13" + b"\0" * 19),
    ),
)
