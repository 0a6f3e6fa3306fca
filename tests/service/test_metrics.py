from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from tests.service.conftest import Local, Opener
from tests.service.documents import PAPER, send


async def samples(client: Local) -> dict[str, float]:
    text = (await client.get("/metrics")).text
    found = (sample for family in text_string_to_metric_families(text) for sample in family.samples)
    return {" ".join([sample.name, *sample.labels.values()]): sample.value for sample in found}


async def test_what_was_done_is_counted(local: Opener) -> None:
    async with local() as client:
        assert (await send(client, PAPER, wait=20)).status_code == 200
        assert (await send(client, PAPER[:2000], wait=20)).status_code == 200
        await client.request("BREW", "/health")
        found = await samples(client)
    assert found["olmocr_service_jobs_ended_total done"] == found["olmocr_service_jobs_ended_total failed"] == 1
    assert found["olmocr_service_pages_total model"] == 2
    assert found["olmocr_service_page_seconds_total model"] > 0
    assert found["olmocr_service_requests_total POST 200"] == 2
    assert found["olmocr_service_requests_total other 405"] == 1
    assert (found["olmocr_service_jobs_waiting"], found["olmocr_service_ready"]) == (0, 1)
