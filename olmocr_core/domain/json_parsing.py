"""Parse JSON files of this project; errors name the file and the field."""

from __future__ import annotations

from typing import TypeVar

from pydantic import ValidationError

from olmocr_core.domain.errors import UsageError
from olmocr_core.domain.models import Frozen

M = TypeVar("M", bound=Frozen)


def parse_json(kind: type[M], data: bytes, where: str) -> M:
    """Parse ``data`` as a ``kind``. Raises UsageError with ``where``, the field and the error."""
    try:
        return kind.model_validate_json(data)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"]))
        raise UsageError(f"{where}: {field + ': ' if field else ''}{first['msg']}") from error
