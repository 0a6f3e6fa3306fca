"""Server-sent events, as the service writes them."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any, NamedTuple


class Event(NamedTuple):
    """One event: its name, the id from which a client goes on, and its data."""

    name: str
    id: str
    data: dict[str, Any]


async def parse_events(lines: AsyncIterator[str]) -> AsyncGenerator[Event]:
    """The events in a stream of lines. One that is cut off is left out: it comes again."""
    fields: dict[str, str] = {}
    async for line in lines:
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
            continue
        if "event" in fields:
            yield Event(fields["event"], fields.get("id", ""), json.loads(fields["data"]))
        fields = {}
