"""The description of the API; that answers keep to it is tried by schemathesis (``make test-openapi``)."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.api.batch_views import BatchView
from service.api.options import OPTIONS
from service.api.views import JobView
from service.app import make_app
from service.jobs.models import JobOptions
from service.settings import ServiceSettings
from tests.service.conftest import READING, Opener


def schema(tmp_path: Path) -> dict:
    return make_app(ServiceSettings(data=tmp_path), READING).openapi()


def test_every_operation_says_what_it_does_and_what_errors_look_like(tmp_path: Path) -> None:
    described = schema(tmp_path)
    operations = [operation for path in described["paths"].values() for operation in path.values()]
    assert len(operations) > 20
    for operation in operations:
        assert operation["description"]
        assert {"4XX", "5XX"} <= operation["responses"].keys()
        assert "422" not in operation["responses"]
    assert "HTTPValidationError" not in described["components"]["schemas"]


def test_examples_are_valid(tmp_path: Path) -> None:
    schemas = schema(tmp_path)["components"]["schemas"]
    assert JobView.model_validate(schemas["JobView"]["example"]).state == "done"
    assert BatchView.model_validate(schemas["BatchView"]["example"]).counts == {"done": 1, "refused": 1}


@pytest.mark.parametrize("path", ["/v1/documents", "/v1/batches"])
def test_every_option_is_described(tmp_path: Path, path: str) -> None:
    named = {parameter["name"] for parameter in schema(tmp_path)["paths"][path]["post"]["parameters"]}
    assert {*JobOptions.model_fields, "priority", "callback"} == {option["name"] for option in OPTIONS}
    assert {option["name"] for option in OPTIONS} <= named


async def test_a_path_names_all_of_its_methods(local: Opener) -> None:
    async with local() as client:
        answer = await client.request("PATCH", "/v1/documents/x")
        assert (answer.status_code, answer.headers["allow"]) == (405, "DELETE, GET")
