from __future__ import annotations

from io import BytesIO

from pypdf import PdfReader

from scripts.service_load.__main__ import build_parser, find_broken_promises
from scripts.service_load.clients import percentiles
from scripts.service_load.documents import Documents


def test_no_two_documents_are_the_same() -> None:
    documents = Documents("a")
    made = [documents.make(), documents.make(), documents.make(3), Documents("b").make()]
    assert len(set(made)) == 4
    assert [len(PdfReader(BytesIO(data)).pages) for data in made] == [1, 1, 3, 1]


def test_percentiles_are_milliseconds() -> None:
    assert percentiles([0.001 * number for number in range(1, 101)]) == (50.5, 95.05)
    assert percentiles([0.2]) == (200.0, 200.0)
    assert percentiles([]) == (0.0, 0.0)


def test_a_lost_job_and_a_text_that_differs_are_broken_promises() -> None:
    good = {"jobs_by_state": {"done": 3, "failed": 1}, "internal_errors": 0}
    assert find_broken_promises({"load": good, "hostile": good, "kills": {"lost_or_failed": []}}) == []
    assert find_broken_promises({"load": {"jobs_by_state": {"lost": 1}}}) == ["load"]
    assert find_broken_promises({"hostile": good | {"internal_errors": 1}}) == ["hostile"]
    assert find_broken_promises({"kills": {"different_from_undisturbed": 1}}) == ["kills"]


def test_the_defaults_are_those_of_the_promise() -> None:
    arguments = build_parser().parse_args([])
    assert (arguments.clients, arguments.seconds, arguments.kills) == (200, 120, 20)
