"""JSON of our own files, read back by people's hands or ours: what is wrong with it is said with its place."""

from __future__ import annotations

from typing import TypeVar

from pydantic import ValidationError

from olmocr_core.domain.errors import UsageError
from olmocr_core.domain.models import Frozen

M = TypeVar("M", bound=Frozen)


def parse_json(kind: type[M], data: bytes, where: str) -> M:
    """``data`` as a ``kind``. Raises UsageError that names ``where``, the field and its fault."""
    try:
        return kind.model_validate_json(data)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise UsageError(f"{where}: {place + ': ' if place else ''}{first['msg']}") from error
