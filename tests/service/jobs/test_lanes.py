from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from service.jobs.lanes import Lanes
from service.jobs.models import Job
from tests.service.jobs.examples import a_job


def job(number: int, pages: int | None = None, not_before: float = 0.0) -> Job:
    return a_job(f"{number:064x}", created=float(number), pages=pages, not_before=not_before)


def test_the_oldest_is_first_whatever_the_order_in_which_they_come() -> None:
    lanes = Lanes(small_pages=20, large_at_once=1)
    for number in (2, 3, 1):
        lanes.add(job(number))
    assert [lanes.position(job(number).id) for number in (1, 2, 3)] == [0, 1, 2]
    assert [lanes.take(0) for _ in range(4)] == [job(1), job(2), job(3), None]
    assert lanes.position(job(1).id) is None


def test_small_documents_pass_large_ones_that_have_no_place() -> None:
    lanes = Lanes(small_pages=20, large_at_once=1)
    for one in (job(1, 500), job(2, 500), job(3, 20)):
        lanes.add(one)
    assert [lanes.take(0), lanes.take(0), lanes.take(0)] == [job(1, 500), job(3, 20), None]
    lanes.release(job(1).id)
    assert lanes.take(0) == job(2, 500)


def test_a_document_that_turns_out_to_be_large_keeps_its_place_or_waits_for_one() -> None:
    lanes = Lanes(small_pages=20, large_at_once=1)
    assert lanes.claim(job(1).id, 500)
    assert lanes.claim(job(1).id, 500)
    assert not lanes.claim(job(2).id, 500)
    assert lanes.claim(job(3).id, 2)


def test_a_job_waits_for_its_next_try() -> None:
    lanes = Lanes(small_pages=20, large_at_once=1)
    assert lanes.next_time() is None
    lanes.add(job(1, not_before=10.0))
    lanes.add(job(2, not_before=5.0))
    assert lanes.next_time() == 5.0
    assert lanes.take(4.9) is None
    assert lanes.take(6.0) == job(2, not_before=5.0)
    assert lanes.remove(job(1).id)
    assert not lanes.remove(job(1).id)
    assert len(lanes) == 0


@given(st.lists(st.integers(1, 100), max_size=30), st.integers(1, 3))
def test_every_job_is_taken_and_never_too_many_large_ones(pages: list[int], at_once: int) -> None:
    lanes = Lanes(small_pages=20, large_at_once=at_once)
    for number, count in enumerate(pages):
        lanes.add(job(number, count))
    taken: list[Job] = []
    running: list[Job] = []
    while len(lanes):
        found = lanes.take(0)
        if found:
            running.append(found)
            taken.append(found)
            assert sum((one.pages or 0) > 20 for one in running) <= at_once
        else:
            lanes.release(running.pop(0).id)
    assert len(taken) == len(pages)
