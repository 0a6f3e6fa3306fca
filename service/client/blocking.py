"""The client for programs without an event loop. It starts no thread, and works in notebooks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import httpx

from service.client.asynchronous import DEFAULT_URL, PATIENCE_SECONDS
from service.client.backends import BlockingBackend, finish
from service.client.conversation import Conversation, OnPage
from service.client.models import Converted, Job, Page


class Client:
    """The twin of ``AsyncClient`` for one thread at a time, with the same arguments and errors."""

    def __init__(
        self,
        url: str = DEFAULT_URL,
        api_key: str | None = None,
        *,
        patience: float = PATIENCE_SECONDS,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._talk = Conversation(url, api_key, BlockingBackend(transport), patience)

    def __enter__(self) -> Self:
        """Use it within a block, which closes its connections."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connections."""
        self.close()

    def close(self) -> None:
        """Close the connections."""
        finish(self._talk.backend.close())

    def convert(
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
        return finish(self._talk.convert(source, filename, format, within, on_page, options))

    def submit(self, source: Path | str | bytes, *, filename: str | None = None, **options: Any) -> Job:
        """Send a document and wait for nothing; its bytes are not sent where the service holds them."""
        return finish(self._talk.submit(source, filename, options))

    def get(self, job_id: str, *, wait: float = 0) -> Job:
        """A document as it is, or once it has ended, if that is within ``wait`` seconds (at most 300)."""
        return finish(self._talk.get(job_id, wait))

    def pages(self, job_id: str) -> Iterator[Page]:
        """The pages of a document in the order in which they finish."""
        pages = self._talk.pages(job_id)
        try:
            while (page := finish(_next(pages))) is not None:
                yield page
        finally:
            finish(pages.aclose())

    def result(self, job_id: str, format: str = "markdown") -> str:
        """The text of a document that is done."""
        return finish(self._talk.result(job_id, format))

    def delete(self, job_id: str) -> None:
        """Cancel a document, and delete it, its pages and its text."""
        finish(self._talk.delete(job_id))


async def _next(pages: Any) -> Page | None:
    return await anext(pages, None)
