"""Answers to requests whose body was not read to its end: the client gets the answer, and the connection then ends."""

from __future__ import annotations

import asyncio
import time

from starlette.datastructures import MutableHeaders
from starlette.types import Message, Receive, Send

# A client that is in the middle of sending has to be read for a while: if the connection ended at once, it would see that and
# not the answer. Nobody is read for longer.
_MOST_SECONDS = 2.0
_MOST_BYTES = 64 << 20


class UnreadBody:
    """Watches what is received of a request, and ends its connection after an answer that came before the body's end."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._is_read = False

    async def receive(self) -> Message:
        """The next message of the request."""
        message = await self._receive()
        if message["type"] != "http.request" or not message.get("more_body"):
            self._is_read = True
        return message

    async def send(self, message: Message) -> None:
        """Send a part of the answer."""
        if self._is_read:
            await self._send(message)
            return
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message)["Connection"] = "close"
            await self._send(message)
            return
        is_last = not message.get("more_body")
        await self._send({**message, "more_body": True})
        if is_last:
            await self._drain()
            await self._send({"type": "http.response.body", "body": b""})

    async def _drain(self) -> None:
        deadline, received = time.monotonic() + _MOST_SECONDS, 0
        while not self._is_read and received < _MOST_BYTES:
            left = deadline - time.monotonic()
            if left <= 0:
                return
            try:
                message = await asyncio.wait_for(self.receive(), left)
            except TimeoutError:
                return
            received += len(message.get("body", b""))
