"""What a client says to the service, and what it does when the answer is late or lost. Sending anything again costs nothing."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from service.client.backends import Backend, Source
from service.client.errors import DocumentFailed, NotInTime, ServiceAway, ServiceError, parse_problem
from service.client.events import Event, parse_events
from service.client.models import Converted, Job, Page, parse_job, parse_page

DOCUMENTS = "/v1/documents"
# Busy, or on the way up; a service without room says when to come again.
_PASSING = frozenset({429, 502, 503, 504, 507})
_LONGEST_WAIT = 60.0
_LONGEST_PAUSE = 30.0
# The service says something every 20 seconds, and answers everything else at once.
_SILENCE_SECONDS = 60.0
Params = Mapping[str, str | int | float]
OnPage = Callable[[Page], object]


class Conversation:
    """Requests over a backend. ``patience``: for how many seconds a service that is away or full is asked again."""

    def __init__(self, url: str, api_key: str | None, backend: Backend, patience: float) -> None:
        self._url = url.rstrip("/")
        self._headers = {"X-Api-Key": api_key} if api_key else {}
        self._patience = patience
        self.backend = backend

    async def submit(self, source: Source | str, filename: str | None, options: Mapping[str, Any]) -> Job:
        """Send a document, unless the service holds it."""
        source = Path(source) if isinstance(source, str) else source
        name = filename or (source.name if isinstance(source, Path) else "document")
        params = {key: _to_text(value) for key, value in options.items() if value is not None}
        held = params | {"sha256": await self.backend.digest(source)}
        try:
            return parse_job((await self.ask("POST", DOCUMENTS, held)).json())
        except ServiceError as error:
            if error.status != 404:
                raise
        headers = {"X-Filename": quote(name), "Content-Type": "application/octet-stream"}
        return parse_job((await self.ask("POST", DOCUMENTS, params, headers, source)).json())

    async def get(self, job_id: str, wait: float) -> Job:
        """A job as it is, or once it has ended within ``wait`` seconds."""
        return parse_job((await self.ask("GET", f"{DOCUMENTS}/{job_id}", {"wait": wait})).json())

    async def result(self, job_id: str, wanted: str) -> str:
        """The text of a document in a format."""
        return (await self.ask("GET", f"{DOCUMENTS}/{job_id}/result", {"format": wanted})).text

    async def page(self, job_id: str, number: int) -> dict[str, Any]:
        """The record of a finished page."""
        return dict((await self.ask("GET", f"{DOCUMENTS}/{job_id}/pages/{number}")).json())

    async def delete(self, job_id: str) -> None:
        """Cancel and forget a document."""
        await self.ask("DELETE", f"{DOCUMENTS}/{job_id}")

    async def pages(self, job_id: str, deadline: float | None = None) -> AsyncGenerator[Page]:
        """The pages of a document as they finish, until it has ended, or until ``deadline`` of the monotonic clock."""
        async with aclosing(self.events(job_id, deadline)) as events:
            async for event in events:
                if event.name == "page":
                    yield parse_page(event.data, await self.page(job_id, event.data["page"]))

    async def convert(
        self,
        source: Source | str,
        filename: str | None,
        wanted: str,
        within: float | None,
        on_page: OnPage | None,
        options: Mapping[str, Any],
    ) -> Converted:
        """Send a document and wait for its text."""
        deadline = None if within is None else time.monotonic() + within
        job = await self.submit(source, filename, options)
        if on_page:
            async with aclosing(self.pages(job.id, deadline)) as pages:
                async for page in pages:
                    on_page(page)
        while not (job := await self.get(job.id, _left(deadline, _LONGEST_WAIT))).is_final:
            if within is not None and not _left(deadline, _LONGEST_WAIT):
                raise NotInTime(job, within)
        if job.state != "done":
            raise DocumentFailed(job)
        return Converted(job, await self.result(job.id, wanted))

    async def events(self, job_id: str, deadline: float | None = None) -> AsyncGenerator[Event]:
        """The events of a document; a connection that breaks off is taken up where it did."""
        last, patience = "", _Patience(self._patience)
        while _left(deadline, 1):
            try:
                async with aclosing(self._listen(job_id, last, _left(deadline, _SILENCE_SECONDS))) as heard:
                    async for event in heard:
                        last, patience = event.id, _Patience(self._patience)
                        yield event
                        if event.name == "end":
                            return
            except httpx.TransportError as error:
                patience.lost = error
            if left := _left(deadline, _LONGEST_PAUSE):
                await self.backend.sleep(min(patience.pause(), left))

    async def _listen(self, job_id: str, last: str, silence: float) -> AsyncGenerator[Event]:
        """The events of one connection."""
        headers = {"Accept": "text/event-stream"} | ({"Last-Event-ID": last} if last else {})
        request = self._request("GET", f"{DOCUMENTS}/{job_id}/events", {}, headers, silence)
        async with self.backend.listen(request) as (answer, lines):
            if answer.status_code == 200:
                async for event in parse_events(lines):
                    yield event
            elif answer.status_code not in _PASSING:
                # What is wrong, the document's own path says: deleted, or no key.
                await self.get(job_id, 0)

    async def ask(
        self,
        method: str,
        path: str,
        params: Params | None = None,
        headers: Mapping[str, str] | None = None,
        source: Source | None = None,
    ) -> httpx.Response:
        """Send a request until it is answered. Raises ServiceError for a refusal, and ServiceAway."""
        patience = _Patience(self._patience)
        silence = _SILENCE_SECONDS + float((params or {}).get("wait", 0))
        while True:
            request = self._request(method, path, params or {}, headers or {}, silence)
            after = ""
            try:
                answer = await self.backend.send(request, source)
                if answer.is_success:
                    return answer
                patience.lost = parse_problem(answer.status_code, answer.content)
                if answer.status_code not in _PASSING:
                    raise patience.lost
                after = answer.headers.get("Retry-After", "")
            except httpx.TransportError as error:
                patience.lost = error
            await self.backend.sleep(patience.pause(after))

    def _request(
        self, method: str, path: str, params: Params, headers: Mapping[str, str], silence: float
    ) -> httpx.Request:
        timeouts = {"connect": 10.0, "read": silence, "write": _SILENCE_SECONDS, "pool": None}
        url = httpx.URL(self._url + path, params=dict(params))
        return httpx.Request(method, url, headers=self._headers | dict(headers), extensions={"timeout": timeouts})


class _Patience:
    """How long a service that is away is asked again, with longer and longer pauses."""

    def __init__(self, seconds: float) -> None:
        self.lost: Exception | None = None
        self._until = time.monotonic() + seconds
        self._next = 0.2

    def pause(self, retry_after: str = "") -> float:
        """Seconds to wait before the next try. Raises ServiceAway once patience is at its end."""
        wanted = float(retry_after) if retry_after.isdecimal() else self._next
        self._next = min(_LONGEST_PAUSE, 2 * self._next)
        if time.monotonic() + wanted > self._until:
            raise ServiceAway(f"the service does not answer: {self.lost}") from self.lost
        return wanted


def _left(deadline: float | None, most: float) -> float:
    return most if deadline is None else max(0.0, min(most, deadline - time.monotonic()))


def _to_text(value: Any) -> str:
    return (
        value
        if isinstance(value, str)
        else ",".join(map(str, value))
        if isinstance(value, tuple | list)
        else str(value)
    )
