"""Keys are sent as bearer tokens or as user and password, and stand in no message."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from olmocr_core.domain.errors import RunError
from olmocr_core.engines.api_key import hide_key, make_authorization
from tests.core.engines.serving import engine_for
from tests.simulator import Shape, Simulator

ENCODED = base64.b64encode("user:näh".encode()).decode()


@pytest.mark.parametrize(
    ("key", "header"),
    [("sk-1", "Bearer sk-1"), ("Basic user:näh", f"Basic {ENCODED}"), (f"basic {ENCODED}", f"Basic {ENCODED}")],
)
def test_a_key_is_a_token_or_user_and_password(key: str, header: str) -> None:
    assert make_authorization(SecretStr(key)) == header


@given(st.sampled_from(["sk-secret-77", "Basic user:secret-77", f"Basic {ENCODED}"]), st.text())
def test_no_form_of_the_key_stays_in_a_message(key: str, words: str) -> None:
    sent = make_authorization(SecretStr(key)).partition(" ")[2]
    hidden = hide_key(f"{words} {key} and {sent}", SecretStr(key))
    assert "secret-77" not in hidden
    assert sent not in hidden
    assert hide_key(words, None) == words


async def test_a_server_that_echoes_user_and_password_gives_nothing_away() -> None:
    async with Simulator(shape=Shape(api_key="another")) as server:
        with pytest.raises(RunError) as refused:
            async with engine_for(server, key="Basic user:secret-77"):
                pass
    assert "***" in str(refused.value)
    assert base64.b64encode(b"user:secret-77").decode() not in str(refused.value)
