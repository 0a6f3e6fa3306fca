from __future__ import annotations

import pytest

from service.api_keys import find_api_key, make_api_key, parse_api_key


def test_a_new_key_is_known_by_its_hash_alone() -> None:
    text, key = make_api_key("n8n", "read")
    assert text not in str(key)
    assert parse_api_key(str(key)) == key
    assert make_api_key("n8n")[0] != text


def test_both_headers_show_a_key() -> None:
    text, key = make_api_key("n8n")
    _, other = make_api_key("other")
    for headers in ({"authorization": f"Bearer {text}"}, {"authorization": f"bearer  {text}"}, {"x-api-key": text}):
        assert find_api_key((other, key), headers) == key


@pytest.mark.parametrize("shown", ["", "Bearer", "Bearer wrong", "Basic {text}", "Bearer {text}x", "Bearer \udcff"])
def test_what_is_no_key_finds_none(shown: str) -> None:
    text, key = make_api_key("n8n")
    assert find_api_key((key,), {"authorization": shown.format(text=text)}) is None
    assert find_api_key((key,), {}) is None
    assert find_api_key((key,), {"x-api-key": key.sha256}) is None


@pytest.mark.parametrize("line", ["", "name", "a:submit:short", "a:admin:" + "0" * 64, "a b:read:" + "0" * 64])
def test_a_wrong_line_is_refused_and_not_repeated(line: str) -> None:
    with pytest.raises(ValueError, match="NAME:ROLE:SHA256") as caught:
        parse_api_key(line)
    assert "0" * 64 not in str(caught.value)
