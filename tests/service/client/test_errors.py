from __future__ import annotations

import pytest

from service.api.views import view
from service.client.errors import DocumentFailed, parse_problem
from service.client.models import Reason, parse_job
from tests.service.jobs.examples import a_job


def test_a_failed_document_tells_its_reasons() -> None:
    shown = view(a_job(state="failed", filename="a.pdf")).model_dump(mode="json")
    job = parse_job(shown | {"reasons": [{"code": "locked", "message": "it has a password"}]})
    assert job.reasons == (Reason("locked", "it has a password"),)
    assert str(DocumentFailed(job)) == "a.pdf could not be read: it has a password"


@pytest.mark.parametrize("body", [b"<html>Bad gateway</html>", b"[]", b'{"title": "x"}', b"\xff"])
def test_the_page_of_a_proxy_is_an_error_as_well(body: bytes) -> None:
    error = parse_problem(502, body)
    assert (error.status, "without saying why" in str(error)) == (502, True)
