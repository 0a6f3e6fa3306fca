"""A document from a URL that a client names, into a file that does not outlive the block."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import aiohttp

from olmocr_core.storage.full_disk import explain_full_disk
from service.jobs.data_folder import DataFolder
from service.outgoing.hosts import HostRule, RefusedUrl
from service.outgoing.session import explain, open_session
from service.problems import Problem
from service.uploads.file_names import clean_file_name
from service.uploads.receive import ReceivedFile, Upload, UploadLimits, identify, too_large

_MOST_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PIECE_BYTES = 1 << 20


@asynccontextmanager
async def fetch_document(
    url: str, rules: Sequence[HostRule], folder: DataFolder, limits: UploadLimits
) -> AsyncIterator[Upload]:
    """The document at a URL; each redirect is checked as the URL is.

    Raises Problem: 422 for a URL that this service does not ask, 502 and 504 for a host that does not give the document,
    and what uploads raise for one that is too large or none.
    """
    with folder.incoming_folder() as place:
        try:
            async with asyncio.timeout(limits.seconds):
                name = await _follow(url, rules, place / "0", limits)
        except RefusedUrl as error:
            raise Problem(422, f"option url: {error}") from None
        except (aiohttp.ClientError, OSError) as error:
            status = 504 if isinstance(error, TimeoutError) else 502
            raise Problem(status, f"the document could not be fetched: {explain(error)}") from None
        yield await identify(ReceivedFile(place / "0", clean_file_name(name)))


async def _follow(url: str, rules: Sequence[HostRule], path: Path, limits: UploadLimits) -> str:
    """The name of the document whose bytes then lie at ``path``."""
    for _ in range(_MOST_REDIRECTS + 1):
        async with (
            open_session(url, rules, limits.seconds) as session,
            session.get(url, allow_redirects=False) as response,
        ):
            if response.status in _REDIRECTS and (target := response.headers.get("Location")):
                url = urljoin(url, target)
                continue
            if response.status != 200:
                raise Problem(502, f"the document could not be fetched: its host answers {response.status}")
            await _write(response, path, limits.most_bytes)
            return _name(response) or urlsplit(url).path
    raise Problem(502, f"the document could not be fetched: its host redirects more than {_MOST_REDIRECTS} times")


async def _write(response: aiohttp.ClientResponse, path: Path, most_bytes: int) -> None:
    if (response.content_length or 0) > most_bytes:
        raise too_large(most_bytes)
    received = 0
    with explain_full_disk("the document"), path.open("xb") as file:
        async for chunk in response.content.iter_chunked(_PIECE_BYTES):
            received += len(chunk)
            if received > most_bytes:
                raise too_large(most_bytes)
            await asyncio.to_thread(file.write, chunk)


def _name(response: aiohttp.ClientResponse) -> str | None:
    disposition = response.content_disposition
    return disposition.filename if disposition else None
