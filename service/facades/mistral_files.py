"""Files of the Mistral facade: names for documents that the service holds, kept on the disk, and links to them."""

from __future__ import annotations

import asyncio
import hmac
import re
import secrets
import time
import uuid
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from olmocr_core.domain.models import Frozen
from olmocr_core.storage.files import write_atomic
from service.jobs.data_folder import DataFolder
from service.jobs.models import Job
from service.problems import Problem

CONTENT = "/v1/files/{file_id}/content"
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_PATH = re.compile(rf".*/v1/files/({_ID.pattern})/content")
_LONGEST_HOURS = 168
# Links are used at once: a new start of the service ends them.
_SECRET = secrets.token_bytes(32)


class StoredFile(Frozen):
    """A file as it was sent, and the document behind it. ``created_at`` in seconds since 1970."""

    id: str
    document: str
    filename: str
    size_bytes: int
    created_at: int
    purpose: str


async def store_file(folder: DataFolder, job: Job, filename: str, purpose: str) -> StoredFile:
    """Give the document of a job a file's id."""
    stored = StoredFile(
        id=str(uuid.uuid4()),
        document=job.document,
        filename=filename,
        size_bytes=job.size_bytes,
        created_at=int(time.time()),
        purpose=purpose,
    )
    await asyncio.to_thread(write_atomic, _place(folder, stored.id), stored.model_dump_json().encode(), fsync=True)
    return stored


async def find_file(folder: DataFolder, file_id: str) -> StoredFile:
    """The file of an id. Raises Problem if there is none."""
    if _ID.fullmatch(file_id):
        try:
            return StoredFile.model_validate_json(await asyncio.to_thread(_place(folder, file_id).read_bytes))
        except FileNotFoundError:
            pass
    raise Problem(404, "there is no such file: it was never sent, or it was deleted")


async def forget_file(folder: DataFolder, file_id: str) -> None:
    """Delete a file's id. Raises Problem if there is none."""
    stored = await find_file(folder, file_id)
    await asyncio.to_thread(_place(folder, stored.id).unlink, missing_ok=True)


def sign_link(file_id: str, hours: int) -> str:
    """The path and query under which ``read_link`` finds the file for some hours."""
    expires = int(time.time()) + 3600 * max(1, min(hours, _LONGEST_HOURS))
    return f"{CONTENT.format(file_id=file_id)}?expires={expires}&signature={_sign(file_id, expires)}"


def read_link(url: str) -> str | None:
    """The id of the file that a signed link names, at whatever address; None for any other URL.

    Raises Problem for a link that has expired, or that this service did not make.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    found, query = _PATH.fullmatch(parts.path), parse_qs(parts.query)
    if not found or "signature" not in query:
        return None
    given = query.get("expires", [""])[0]
    expires = int(given) if given.isascii() and given.isdigit() and len(given) < 15 else 0
    signature = query["signature"][0].encode("utf-8", "surrogatepass")
    if not hmac.compare_digest(_sign(found[1], expires).encode(), signature) or expires < time.time():
        raise Problem(422, "document_url: this link to a file has expired; ask for a new one")
    return found[1]


def _sign(file_id: str, expires: int) -> str:
    return hmac.new(_SECRET, f"{file_id} {expires}".encode(), "sha256").hexdigest()


def _place(folder: DataFolder, file_id: str) -> Path:
    return folder.root / "files" / f"{file_id}.json"
