from __future__ import annotations

import asyncio

import pytest

from olmocr_core.domain.errors import EngineUnavailable
from olmocr_core.engines.adaptive_limit import AdaptiveLimit
from olmocr_core.engines.load_balancer import Backend, LoadBalancer
from tests.core.fakes import Clock


def balancer(*limits: int) -> tuple[LoadBalancer, Clock]:
    clock = Clock()
    made = [
        Backend(f"server {number}", AdaptiveLimit(maximum=limit, limit=limit)) for number, limit in enumerate(limits)
    ]
    return LoadBalancer(made, clock), clock


async def test_slots_go_to_the_backend_with_the_fewest_in_flight() -> None:
    balanced, _ = balancer(2, 4)
    slots = [await balanced._acquire() for _ in range(5)]
    assert [slot.backend.label[-1] for slot in slots] == ["0", "1", "0", "1", "1"]


async def test_waiting_requests_get_slots_in_order() -> None:
    balanced, _ = balancer(1)
    order: list[int] = []

    async def take(number: int) -> None:
        async with balanced.slot():
            order.append(number)
            await asyncio.sleep(0)

    await asyncio.gather(*(take(number) for number in range(5)))
    assert order == [0, 1, 2, 3, 4]
    assert balanced.backends[0].most_in_flight == 1
    assert balanced.backends[0].in_flight == balanced.waiting == 0


async def test_a_cancelled_request_loses_no_slot() -> None:
    balanced, _ = balancer(1)
    async with balanced.slot():
        waiters = [asyncio.create_task(balanced._acquire()) for _ in range(2)]
        await asyncio.sleep(0)
        waiters[0].cancel()
        await asyncio.sleep(0)
    slot = await waiters[1]
    assert slot.backend.in_flight == 1
    balanced._release(slot)
    # Cancelled in the moment in which it got a slot: the slot goes back.
    async with balanced.slot():
        late = asyncio.create_task(balanced._acquire())
        await asyncio.sleep(0)
    late.cancel()
    with pytest.raises(asyncio.CancelledError):
        await late
    assert balanced.backends[0].in_flight == 0


async def test_a_failed_backend_backs_off_unless_no_other_is_available() -> None:
    balanced, clock = balancer(1, 1)
    balanced.backends[0].back_off(clock())
    async with balanced.slot() as slot:
        assert slot.backend is balanced.backends[1]
    balanced.backends[1].back_off(clock())
    async with balanced.slot() as slot:
        assert slot.backend is balanced.backends[0]


async def test_each_failure_backs_off_longer_and_an_answer_ends_it() -> None:
    balanced, clock = balancer(1)
    backend = balanced.backends[0]
    backoffs = []
    for _ in range(7):
        backend.back_off(clock())
        backoffs.append(backend.backoff_until - clock.now)
        clock.now = backend.backoff_until
    assert backoffs == [1, 2, 4, 8, 16, 30, 30]
    backend.record_answer(1, clock())
    assert backend.failures == 0


async def test_requests_of_one_generation_shrink_the_limit_once() -> None:
    balanced, clock = balancer(16)
    slots = [await balanced._acquire() for _ in range(16)]
    for slot in slots:
        slot.backend.record_overload(slot.generation, clock())
    assert balanced.backends[0].adaptive_limit.limit == 8


async def test_requests_fail_with_the_time_left_while_all_servers_sent_retry_after() -> None:
    balanced, clock = balancer(1, 1)
    first, second = [await balanced._acquire() for _ in range(2)]
    waiter = asyncio.create_task(balanced._acquire())
    await asyncio.sleep(0)
    first.backend.pause(30, clock())
    second.backend.pause(20, clock())
    balanced._release(first)
    with pytest.raises(EngineUnavailable) as found:
        await waiter
    assert found.value.retry_after == 20
    with pytest.raises(EngineUnavailable):
        await balanced._acquire()
    balanced._release(second)
    clock.now = 20
    assert (await balanced._acquire()).backend is second.backend


async def test_busy_seconds_are_those_with_requests_in_flight() -> None:
    balanced, clock = balancer(4)
    clock.now = 100
    async with balanced.slot() as slot:
        clock.now = 103
        assert slot.backend.busy_seconds_at(clock()) == 3
    clock.now = 200
    assert slot.backend.busy_seconds_at(clock()) == 3
