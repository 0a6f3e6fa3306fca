"""Rows of a ledger and entries of a listing, with defaults."""

from __future__ import annotations

from typing import Any

from olmocr_core.ledger.rows import Row
from olmocr_core.sources.listing import Listed


def row(uri: str = "/a", **fields: Any) -> Row:
    """A source that was read by the recipe ``r`` and whose document is kept in part 0."""
    values: dict[str, Any] = {
        **{"uri": uri, "source": uri, "name": uri[1:], "size": 1, "version": "1", "status": "present"},
        **{"doc_id": "d" * 64, "outcome": "kept", "first_seen": "1", "last_seen": "1", "recipe": "r", "part": 0},
    }
    return Row(**(values | fields))


def entry(uri: str = "/a", size: int = 1, version: str = "1", **fields: Any) -> Listed:
    return Listed(uri=uri, name=uri[1:], size=size, version=version, **fields)
