"""Parse JSON: files of this project, with errors that name file and field, and what others send, under limits."""

from __future__ import annotations

import json
from typing import Any, TypeVar

from pydantic import ValidationError

from olmocr_core.domain.errors import UsageError
from olmocr_core.domain.models import Frozen

M = TypeVar("M", bound=Frozen)
_MOST_LEVELS = 64


class InvalidJson(ValueError):
    """It is no JSON, or it is larger or more deeply nested than anything that is meant seriously."""


def parse_json(kind: type[M], data: bytes, where: str) -> M:
    """Parse ``data`` as a ``kind``. Raises UsageError with ``where``, the field and the error."""
    try:
        return kind.model_validate_json(data)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"]))
        raise UsageError(f"{where}: {field + ': ' if field else ''}{first['msg']}") from error


def load_json(data: str | bytes, most: int) -> Any:
    """Load JSON that others wrote: at most ``most`` bytes or characters and 64 levels. Raises InvalidJson."""
    if len(data) > most:
        raise InvalidJson(f"longer than {most:,} bytes")
    try:
        found = json.loads(data)
    except RecursionError:
        raise InvalidJson(f"nested more than {_MOST_LEVELS} levels deep") from None
    except ValueError as error:
        raise InvalidJson(str(error)) from error
    if _count_brackets(data) > _MOST_LEVELS and _is_deep(found):
        raise InvalidJson(f"nested more than {_MOST_LEVELS} levels deep")
    return found


def _count_brackets(data: str | bytes) -> int:
    """An upper bound of the levels; looking at every value would double the cost of a small event."""
    return data.count("[") + data.count("{") if isinstance(data, str) else data.count(b"[") + data.count(b"{")


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(_MOST_LEVELS + 1):
        level = [inner for outer in level for inner in _inside(outer)]
    return bool(level)


def _inside(value: Any) -> Any:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
