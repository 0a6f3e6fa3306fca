"""Which format an Accept header asks for."""

from __future__ import annotations

from collections.abc import Sequence

from service.jobs.models import ResultFormat
from service.problems import Problem

MEDIA_TYPES: dict[ResultFormat, str] = {
    "markdown": "text/markdown; charset=utf-8",
    "json": "application/json",
    "dolma": "application/x-ndjson",
    "html": "text/html; charset=utf-8",
    "docling": "application/vnd.docling+json",
}


def choose_format(accept: str, formats: Sequence[ResultFormat]) -> ResultFormat:
    """The format that a client likes best, of those that are offered; the first of them for ``*/*``.

    Raises Problem if it likes none of them.
    """
    offered = {MEDIA_TYPES[one].partition(";")[0]: one for one in reversed(formats)}
    for _, media_type in sorted(_ranges(accept), key=lambda one: -one[0]):
        for name, found in reversed(offered.items()):
            if media_type in ("*/*", name, f"{name.partition('/')[0]}/*"):
                return found
    raise Problem(406, f"this document is given as {', '.join(reversed(offered))}")


def _ranges(accept: str) -> list[tuple[float, str]]:
    """Quality and media type of each range that is wanted at all."""
    found = []
    for part in accept[:2000].split(","):
        media_type, *parameters = (piece.strip().lower() for piece in part.split(";"))
        quality = next((piece[2:] for piece in parameters if piece.startswith("q=")), "1")
        try:
            found.append((float(quality), media_type))
        except ValueError:
            continue
    return [one for one in found if one[0] > 0]
