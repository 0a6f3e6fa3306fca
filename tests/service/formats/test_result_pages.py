from __future__ import annotations

from service.api.results import load_record
from service.formats.result_pages import ResultPage, list_result_pages
from tests.service.conftest import Opener
from tests.service.documents import PAPER, send
from tests.service.engines import BLOCKS, placed


async def test_pages_whose_records_are_gone_keep_their_text(local: Opener) -> None:
    async with local(placed()) as client:
        job_id = (await send(client, PAPER, wait=20, pages="2")).json()["id"]
        found, record = await client.state.desk.find(job_id), await load_record(client.state, job_id)
        assert found
        assert record
        folder = client.state.folder
        assert list_result_pages(record, found.job, folder) == [ResultPage(2, record.text, (612, 792), BLOCKS)]
        for path in (folder.workspace / "pages").rglob("*.json"):
            path.unlink()
        assert list_result_pages(record, found.job, folder) == [ResultPage(2, record.text)]
