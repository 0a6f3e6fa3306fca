from __future__ import annotations

import warnings

from service.app import ROUTERS, make_app
from service.settings import ServiceSettings
from tests.service.conftest import READING, Opener


def test_its_description_has_every_route_once() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        described = make_app(ServiceSettings(), READING).openapi()
    operations = [one["operationId"] for path in described["paths"].values() for one in path.values()]
    assert len(operations) == len(set(operations)) >= len(ROUTERS)
    body = described["paths"]["/v1/documents"]["post"]["requestBody"]["content"]
    assert {"multipart/form-data", "application/octet-stream"} == set(body)


async def test_pages_of_other_hosts_are_not_referred_to(local: Opener) -> None:
    async with local() as client:
        assert (await client.get("/docs")).status_code == 404
        assert (await client.get("/redoc")).status_code == 404
