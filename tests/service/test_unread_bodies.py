from __future__ import annotations

import asyncio
from collections.abc import Iterable

import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Message

from service import unread_bodies
from service.unread_bodies import UnreadBody


class Connection:
    """A connection on which these parts of a body come; None: nothing comes any more."""

    def __init__(self, parts: Iterable[bytes | None]) -> None:
        self._parts = iter(parts)
        self.sent: list[Message] = []
        self.read = 0

    async def receive(self) -> Message:
        part = next(self._parts)
        if part is None:
            await asyncio.Event().wait()
        self.read += 1
        return {"type": "http.request", "body": part, "more_body": part != b""}

    async def send(self, message: Message) -> None:
        self.sent.append(message)

    @property
    def closes(self) -> bool:
        return (b"connection", b"close") in self.sent[0]["headers"]


async def answer(connection: Connection, *, read: bool) -> None:
    watched = UnreadBody(connection.receive, connection.send)
    if read:
        while (await watched.receive())["more_body"]:
            pass
    await PlainTextResponse("no", 413)({"type": "http"}, watched.receive, watched.send)


async def test_a_body_that_was_read_keeps_the_connection() -> None:
    connection = Connection([b"a", b"b", b""])
    await answer(connection, read=True)
    assert not connection.closes
    assert [message["type"] for message in connection.sent] == ["http.response.start", "http.response.body"]


async def test_the_answer_is_sent_before_the_rest_is_read_and_the_connection_ends() -> None:
    connection = Connection([b"a", b"b", b""])
    await answer(connection, read=False)
    assert connection.closes
    assert [message.get("body") for message in connection.sent[1:]] == [b"no", b""]
    assert [message["more_body"] for message in connection.sent[1:2]] == [True]
    assert connection.read == 3


@pytest.mark.parametrize("parts", [[b"x" * 100] * 1000, [b"x", None]])
async def test_who_never_ends_is_not_read_for_ever(monkeypatch: pytest.MonkeyPatch, parts: list[bytes | None]) -> None:
    monkeypatch.setattr(unread_bodies, "_MOST_BYTES", 500)
    monkeypatch.setattr(unread_bodies, "_MOST_SECONDS", 0.05)
    connection = Connection(parts)
    await asyncio.wait_for(answer(connection, read=False), 5)
    assert connection.read <= 6
    assert connection.sent[-1] == {"type": "http.response.body", "body": b""}
