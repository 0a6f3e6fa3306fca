from __future__ import annotations

import pytest

from olmocr_core.domain.errors import UsageError
from olmocr_core.engines.dialect import Dialect, ServerUrl, detect_dialect, parse_server_urls


@pytest.mark.parametrize(
    ("text", "root", "api"),
    [
        ("http://host:30000", "http://host:30000", "http://host:30000/v1"),
        (" http://host:30000/v1/ ", "http://host:30000", "http://host:30000/v1"),
        ("https://x.org/v1/openai", "https://x.org", "https://x.org/v1/openai"),
        ("https://x.org/inference", "https://x.org/inference", "https://x.org/inference/v1"),
    ],
)
def test_addresses_with_and_without_v1(text: str, root: str, api: str) -> None:
    assert ServerUrl.parse(text) == ServerUrl(root, api)


def test_addresses_are_split_at_commas_and_their_passwords_are_not_shown() -> None:
    urls = parse_server_urls("http://user:hunter2@one:1, http://two:2,http://two:2")
    assert [url.label for url in urls] == ["one:1", "two:2"]
    assert "hunter2" not in repr(urls)


@pytest.mark.parametrize("text", ["", None, "localhost:30000", "ftp://x"])
def test_an_invalid_address_raises_a_usage_error(text: str | None) -> None:
    with pytest.raises(UsageError, match="http://"):
        parse_server_urls(text)


@pytest.mark.parametrize(
    ("owner", "info", "name"),
    [
        ("sglang", None, "sglang"),
        ("vllm", None, "vllm"),
        ("me", {"model_path": "m"}, "sglang"),
        ("me", {"detail": "x"}, "generic"),
    ],
)
def test_the_dialect_is_detected_from_models_and_server_info(
    owner: str, info: dict[str, str] | None, name: str
) -> None:
    assert detect_dialect({"data": [{"id": "m", "owned_by": owner}]}, info).name == name


def test_each_dialect_has_its_own_constraint() -> None:
    assert Dialect("sglang").constrained("a") == {"regex": "a"}
    assert Dialect("vllm").constrained("a") == {"structured_outputs": {"regex": "a"}}


@pytest.mark.parametrize("text", ["http://[::1", "http://[x]/", "http://host:99999", "http://host:b"])
def test_a_wrong_port_or_bracket_is_told(text: str) -> None:
    with pytest.raises(UsageError, match="give an address like"):
        ServerUrl.parse(text)


@pytest.mark.parametrize(
    "text", ["http://host#/v1", "http://host/v1?key=1", "http://a b", "http://a\x00b", "http://[::1]x"]
)
def test_an_address_that_no_route_can_follow_is_told(text: str) -> None:
    with pytest.raises(UsageError, match="give an address like"):
        ServerUrl.parse(text)


def test_https_in_capitals_is_https() -> None:
    assert ServerUrl.parse("HTTPS://host:1") == ServerUrl.parse("https://host:1")
    assert ServerUrl.parse("HTTPS://host:1").is_tls


def test_a_server_that_refuses_streams_is_asked_for_whole_answers() -> None:
    whole = Dialect().learn("400: streaming is not supported")
    assert not whole.streams
    assert whole.parameters(10, 0.5) == {"max_tokens": 10, "temperature": 0.5}


def test_a_gateway_that_adds_stream_options_itself_is_asked_for_whole_answers() -> None:
    refusal = "400: Unrecognized request argument supplied: stream_options"
    once = Dialect().learn(refusal)
    assert (once.streams, "stream_options" in once.parameters(10, 0.5)) == (True, False)
    assert not once.learn(refusal).streams
    assert once.learn(refusal).learn(refusal) == once.learn(refusal)
