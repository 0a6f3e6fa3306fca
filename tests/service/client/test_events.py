from __future__ import annotations

from collections.abc import AsyncIterator

from service.client.events import Event, parse_events

PAGE = ["event: page", "id: 1", 'data: {"page":1}', ""]


async def events_in(lines: list[str]) -> list[Event]:
    async def stream() -> AsyncIterator[str]:
        for line in lines:
            yield line

    return [event async for event in parse_events(stream())]


async def test_events_are_read_and_signs_of_life_are_not() -> None:
    found = await events_in([*PAGE, ": still here", "", "event: end", "id: 1,end", 'data: {"a": "b: c"}', ""])
    assert found == [Event("page", "1", {"page": 1}), Event("end", "1,end", {"a": "b: c"})]


async def test_an_event_that_is_cut_off_is_left_out() -> None:
    assert await events_in([*PAGE, *PAGE[:3]]) == [Event("page", "1", {"page": 1})]
