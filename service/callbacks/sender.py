"""Sends callbacks: each until it is taken, refused for good, or ``hours`` old. What is accepted here survives a kill."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

import aiohttp

from service.callbacks.models import Callback, Target
from service.callbacks.signature import sign
from service.callbacks.store import CallbackStore
from service.outgoing.hosts import HostRule, RefusedUrl
from service.outgoing.session import explain, open_session

_log = logging.getLogger(__name__)
DELIVERY = "X-Olmocr-Delivery"
MOST_WAITING = 20
_AT_ONCE = 8
_SECONDS = 30.0
_FIRST_WAIT_SECONDS = 1.0
_LONGEST_WAIT_SECONDS = 300.0
_LONGEST_ASKED_WAIT_SECONDS = 3600
# n8n answers 404 and 409 while its Wait node is not ready.
_TRY_AGAIN = frozenset({404, 408, 409, 425, 429})
MakeBody = Callable[[Target, str], Awaitable[bytes | None]]


class CallbackSender:
    """``make_body`` gives what is sent of a document or batch, None for one that was deleted; ``ended`` is set as jobs end."""

    def __init__(
        self,
        store: CallbackStore,
        rules: Sequence[HostRule],
        secret: str,
        hours: float,
        make_body: MakeBody,
        ended: asyncio.Event,
    ) -> None:
        self._store = store
        self._rules = tuple(rules)
        self._secret = secret
        self._seconds = hours * 3600
        self._make_body = make_body
        self._ended = ended

    async def add(self, target: Target, target_id: str, url: str) -> bool:
        """Let a document or batch call back once it has ended. False if too many callbacks of it wait."""
        made = Callback(id=secrets.token_hex(16), target=target, target_id=target_id, url=url, created=time.time())
        added = await self._store.add(made, MOST_WAITING)
        # It may have ended long ago.
        self._ended.set()
        return added

    async def of(self, target: Target, target_id: str) -> Sequence[Callback]:
        """The callbacks of a document or batch."""
        return await self._store.of(target, target_id)

    async def run(self) -> None:
        """Send what is due until this call is cancelled."""
        while True:
            self._ended.clear()
            wait = 5.0
            try:
                while due := await self._store.due(time.time(), _AT_ONCE):
                    await asyncio.gather(*(self._send(one) for one in due))
                when = await self._store.next_time()
                wait = 3600.0 if when is None else max(0.01, when - time.time())
            except Exception:  # noqa: BLE001 - callbacks wait while the database is away
                _log.exception("callbacks could not be sent")
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ended.wait(), wait)

    async def _send(self, callback: Callback) -> None:
        body = await self._make_body(callback.target, callback.target_id)
        if body is None:
            await self._store.save(callback.model_copy(update={"state": "given_up", "answer": "it was deleted"}))
            return
        answer, wait = await self._post(callback, body)
        tried = callback.model_copy(update={"tries": callback.tries + 1, "answer": answer})
        if wait is None:
            state = "sent" if answer[:1] == "2" else "given_up"
            await self._store.save(tried.model_copy(update={"state": state}))
            return
        usual = min(_LONGEST_WAIT_SECONDS, _FIRST_WAIT_SECONDS * 2 ** min(callback.tries, 20))
        when = time.time() + max(wait, usual)
        late = when - callback.created > self._seconds
        await self._store.save(
            tried.model_copy(update={"state": "given_up" if late else "waiting", "not_before": when})
        )

    async def _post(self, callback: Callback, body: bytes) -> tuple[str, float | None]:
        """What came back, and how long to wait before the next try; None if there is none."""
        headers = {"Content-Type": "application/json", DELIVERY: callback.id} | dict(
            sign(self._secret, int(time.time()), body)
        )
        try:
            async with (
                open_session(callback.url, self._rules, _SECONDS) as session,
                session.post(callback.url, data=body, headers=headers, allow_redirects=False) as response,
            ):
                again = response.status in _TRY_AGAIN or response.status >= 500
                return str(response.status), _asked_wait(response) if again else None
        except RefusedUrl as error:
            return str(error), None
        except (aiohttp.ClientError, OSError) as error:
            return explain(error), 0.0


def _asked_wait(response: aiohttp.ClientResponse) -> float:
    asked = response.headers.get("Retry-After", "")
    return float(min(int(asked[:9]), _LONGEST_ASKED_WAIT_SECONDS)) if asked.isdecimal() else 0.0
