"""How the number of requests in flight is decided, and how they are shared among servers."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.domain.errors import EngineUnavailable
from olmocr_core.engines.adaptive_limit import START, Pace, Window
from olmocr_core.engines.load_balancer import Lane, Replicas
from tests.core.fakes import Clock


def settle(ceiling: int, slots: int, windows: int = 60, noise: float = 0.0) -> Pace:
    """Run against a server that does ``slots`` pages at once and no more, one page a second each."""
    pace = Pace.starting(ceiling)
    for number in range(windows):
        wobble = 1 + noise * (1 if number % 2 else -1)
        rate = 1000 * min(pace.limit, slots) * wobble
        pace = pace.after(Window(answers=pace.limit, tokens=round(rate * 10), seconds=10, peak=pace.limit))
    return pace


def test_it_starts_low_and_doubles_while_throughput_grows() -> None:
    limits = [settle(256, 1000, windows).limit for windows in range(8)]
    assert limits == [START, 8, 16, 32, 64, 128, 256, 256]


@pytest.mark.parametrize("slots", [1, 5, 20, 100, 300])
def test_it_stays_near_what_the_server_can_do(slots: int) -> None:
    limit = settle(512, slots).limit
    assert min(slots, START) <= limit <= max(2 * slots, START + 1)
    assert limit >= 0.75 * slots


def test_a_wobbling_throughput_does_not_drive_it_up_for_ever() -> None:
    assert settle(512, 50, windows=200, noise=0.01).limit <= 110


def test_many_faults_halve_it_and_it_climbs_back_to_just_below_where_it_fell_from() -> None:
    pace = settle(256, 1000)
    shrunk = pace.after(Window(faults=64, answers=100, peak=256))
    limits = [shrunk.limit]
    for _ in range(6):
        shrunk = shrunk.after(Window(answers=100, tokens=1000 * shrunk.limit, peak=shrunk.limit))
        limits.append(shrunk.limit)
    assert limits[:4] == [128, 128, 176, 200]
    assert 224 <= limits[-1] <= 256


def test_some_faults_take_an_eighth_and_stray_ones_nothing() -> None:
    pace = settle(256, 1000)
    assert pace.after(Window(faults=30, answers=200, tokens=1, peak=256)).limit == 224
    assert pace.after(Window(faults=5, answers=250, tokens=1000 * 256, peak=256)).limit == 256


@pytest.mark.parametrize(("limit", "faults"), [(1, 2), (4, 2), (8, 2), (64, 16)])
def test_a_flood_of_faults_is_not_waited_for(limit: int, faults: int) -> None:
    pace = Pace(ceiling=256, limit=limit)
    assert pace.is_overrun(faults)
    assert not pace.is_overrun(faults - 1)


def test_a_queue_inside_the_server_takes_an_eighth() -> None:
    pace = settle(64, 1000)
    assert pace.after(Window(tokens=1, peak=64, queued=40)).limit == 56
    assert pace.after(Window(tokens=64_000, peak=64, queued=2)).limit == 64


def test_a_limit_that_was_not_used_says_nothing() -> None:
    pace = Pace.starting(64)
    assert pace.after(Window(tokens=10**9, peak=START - 1)) == pace


windows = st.builds(
    Window,
    answers=st.integers(0, 600),
    tokens=st.integers(0, 10**7),
    seconds=st.floats(0, 100),
    peak=st.integers(0, 600),
    faults=st.sampled_from([0, 0, 0, 1, 5]),
    queued=st.none() | st.floats(0, 1000),
)


@given(st.integers(1, 512), st.lists(windows, max_size=60))
def test_it_stays_between_one_and_the_ceiling_whatever_happens(ceiling: int, happened: list[Window]) -> None:
    pace = Pace.starting(ceiling)
    for window in happened:
        pace = pace.after(window)
        assert 1 <= pace.limit <= ceiling


def lanes(*limits: int) -> tuple[Replicas, Clock]:
    clock = Clock()
    made = [Lane(f"server {number}", Pace(ceiling=limit, limit=limit)) for number, limit in enumerate(limits)]
    return Replicas(made, clock), clock


async def test_places_go_to_the_lane_with_the_fewest_in_flight() -> None:
    replicas, _ = lanes(2, 4)
    seats = [await replicas._sit() for _ in range(5)]
    assert [seat.lane.label[-1] for seat in seats] == ["0", "1", "0", "1", "1"]


async def test_who_waits_gets_the_next_place_in_order() -> None:
    replicas, _ = lanes(1)
    order: list[int] = []

    async def take(number: int) -> None:
        async with replicas.seat():
            order.append(number)
            await asyncio.sleep(0)

    await asyncio.gather(*(take(number) for number in range(5)))
    assert order == [0, 1, 2, 3, 4]
    assert replicas.lanes[0].most_in_flight == 1
    assert replicas.lanes[0].in_flight == replicas.waiting == 0


async def test_a_cancelled_waiter_loses_no_place() -> None:
    replicas, _ = lanes(1)
    async with replicas.seat():
        waiters = [asyncio.create_task(replicas._sit()) for _ in range(2)]
        await asyncio.sleep(0)
        waiters[0].cancel()
        await asyncio.sleep(0)
    seat = await waiters[1]
    assert seat.lane.in_flight == 1
    replicas._leave(seat)
    # Cancelled in the same moment that the place was given: it goes back.
    async with replicas.seat():
        late = asyncio.create_task(replicas._sit())
        await asyncio.sleep(0)
    late.cancel()
    with pytest.raises(asyncio.CancelledError):
        await late
    assert replicas.lanes[0].in_flight == 0


async def test_a_lane_that_failed_rests_while_another_works_but_is_used_when_it_is_the_only_one() -> None:
    replicas, clock = lanes(1, 1)
    replicas.lanes[0].rest(clock())
    async with replicas.seat() as seat:
        assert seat.lane is replicas.lanes[1]
    replicas.lanes[1].rest(clock())
    async with replicas.seat() as seat:
        assert seat.lane is replicas.lanes[0]


async def test_each_failure_rests_longer_and_an_answer_ends_it() -> None:
    replicas, clock = lanes(1)
    lane = replicas.lanes[0]
    rests = []
    for _ in range(7):
        lane.rest(clock())
        rests.append(lane.rests_until - clock.now)
        clock.now = lane.rests_until
    assert rests == [1, 2, 4, 8, 16, 30, 30]
    lane.answered(1, clock())
    assert lane.failures == 0


async def test_requests_of_one_generation_shrink_a_lane_once() -> None:
    replicas, clock = lanes(16)
    seats = [await replicas._sit() for _ in range(16)]
    for seat in seats:
        seat.lane.overloaded(seat.generation, clock())
    assert replicas.lanes[0].pace.limit == 8


async def test_all_lanes_closed_by_retry_after_is_said_with_the_time_left_to_those_who_wait_too() -> None:
    replicas, clock = lanes(1, 1)
    first, second = [await replicas._sit() for _ in range(2)]
    waiter = asyncio.create_task(replicas._sit())
    await asyncio.sleep(0)
    first.lane.close(30, clock())
    second.lane.close(20, clock())
    replicas._leave(first)
    with pytest.raises(EngineUnavailable) as found:
        await waiter
    assert found.value.retry_after == 20
    with pytest.raises(EngineUnavailable):
        await replicas._sit()
    replicas._leave(second)
    clock.now = 20
    assert (await replicas._sit()).lane is second.lane


async def test_busy_seconds_are_those_with_something_in_flight() -> None:
    replicas, clock = lanes(4)
    clock.now = 100
    async with replicas.seat() as seat:
        clock.now = 103
        assert seat.lane.busy_until(clock()) == 3
    clock.now = 200
    assert seat.lane.busy_until(clock()) == 3
