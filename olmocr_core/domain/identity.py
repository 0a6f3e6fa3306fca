"""The only module that hashes. Every identifier is a sha256 in hexadecimal, of bytes or of canonical JSON."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import Any, BinaryIO, Literal, Protocol

from olmocr_core.domain.text_cleaning import to_form

_CHUNK = 1 << 20
_SPACE = re.compile(r"\s+")


def document_id(stream: BinaryIO) -> str:
    """The identity of a document: the sha256 of its bytes, read in chunks of 1 MiB from the stream's position."""
    digest = hashlib.sha256()
    while chunk := stream.read(_CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


class Readable(Protocol):
    """A local file or one in a store."""

    def open(self, mode: Literal["rb"]) -> AbstractContextManager[Any]:
        """A stream of its bytes."""


def file_digest(path: Readable) -> str:
    """The sha256 of a file's bytes."""
    with path.open("rb") as stream:
        return document_id(stream)


def bytes_digest(data: bytes) -> str:
    """The sha256 of bytes."""
    return hashlib.sha256(data).hexdigest()


def text_digest(text: str) -> str:
    """The sha256 of a text without regard to case, white space and compatibility forms."""
    folded = _SPACE.sub("", to_form("NFKC", text).casefold())
    return bytes_digest(folded.encode("utf-8", "surrogatepass"))


def value_digest(value: Any) -> str:
    """The sha256 of a JSON value in canonical form: sorted keys, no white space."""
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return bytes_digest(canonical.encode())


def page_key(doc_id: str, page_number: int, recipe_digest: str) -> str:
    """The key of a page's record, from content and recipe alone."""
    return value_digest([doc_id, page_number, recipe_digest])


def slice_key(page_keys: Iterable[str]) -> str:
    """The key of a slice, from the keys of its pages in their order."""
    return value_digest(list(page_keys))


def inline_prompt_id(text: str) -> str:
    """The id of a prompt that settings spell out: a hash of its wording."""
    return f"inline-{bytes_digest(text.encode('utf-8', 'surrogatepass'))[:16]}"
