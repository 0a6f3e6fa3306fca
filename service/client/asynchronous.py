"""The client for programs with an event loop."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any, Self

import httpx

from service.client.backends import AsyncBackend
from service.client.conversation import Conversation, OnPage
from service.client.models import Converted, Job, Page

DEFAULT_URL = "http://127.0.0.1:8000"
PATIENCE_SECONDS = 300.0


class AsyncClient:
    """Documents into text by a service at ``url``.

    ``patience``: for how many seconds a service that is away or full is asked again. Options of ``submit`` and ``convert`` are
    those of the service (``formats``, ``pages``, ``engine``, ``priority``). Every method raises ServiceError and ServiceAway.
    """

    def __init__(
        self,
        url: str = DEFAULT_URL,
        api_key: str | None = None,
        *,
        patience: float = PATIENCE_SECONDS,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._talk = Conversation(url, api_key, AsyncBackend(transport), patience)

    async def __aenter__(self) -> Self:
        """Use it within a block, which closes its connections."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the connections."""
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._talk.backend.close()

    async def convert(
        self,
        source: Path | str | bytes,
        *,
        filename: str | None = None,
        format: str = "markdown",
        within: float | None = None,
        on_page: OnPage | None = None,
        **options: Any,
    ) -> Converted:
        """The text of a PDF or image; ``on_page`` is called with each page as it finishes.

        Raises DocumentFailed with its reasons, and NotInTime after ``within`` seconds: the service reads on.
        """
        return await self._talk.convert(source, filename, format, within, on_page, options)

    async def submit(self, source: Path | str | bytes, *, filename: str | None = None, **options: Any) -> Job:
        """Send a document and wait for nothing; its bytes are not sent where the service holds them."""
        return await self._talk.submit(source, filename, options)

    async def get(self, job_id: str, *, wait: float = 0) -> Job:
        """A document as it is, or once it has ended, if that is within ``wait`` seconds (at most 300)."""
        return await self._talk.get(job_id, wait)

    def pages(self, job_id: str) -> AsyncGenerator[Page]:
        """The pages of a document in the order in which they finish."""
        return self._talk.pages(job_id)

    async def result(self, job_id: str, format: str = "markdown") -> str:
        """The text of a document that is done."""
        return await self._talk.result(job_id, format)

    async def delete(self, job_id: str) -> None:
        """Cancel a document, and delete it, its pages and its text."""
        await self._talk.delete(job_id)
