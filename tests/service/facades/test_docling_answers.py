from __future__ import annotations

from tests.service.conftest import Opener
from tests.service.documents import PAPER, PATH, a_pdf
from tests.service.engines import Held

ASYNC = "/v1/convert/file/async"


async def test_a_task_of_several_succeeds_with_those_that_were_read(local: Opener) -> None:
    async with local() as client:
        files = [("files", ("good.pdf", a_pdf(1))), ("files", ("bad.pdf", PAPER[:2000]))]
        task = (await client.post(ASYNC, files=files)).json()
        for _ in range(2):
            task = (await client.get(f"/v1/status/poll/{task['task_id']}", params={"wait": 20})).json()
        assert task["task_status"] == "success"
        counts = {"num_docs": 2, "num_processed": 2, "num_succeeded": 1, "num_failed": 1}
        assert task["task_meta"] == counts
        assert task["error_message"].startswith("bad.pdf: ")


async def test_the_place_in_the_queue_is_told_and_a_deleted_task_is_gone(local: Opener) -> None:
    engine = Held(first=0)
    async with local(engine, jobs_at_once=1) as client:
        first = (await client.post(ASYNC, files={"files": ("a.pdf", PAPER)})).json()
        await engine.wait_until_asked(1)
        second = (await client.post(ASYNC, files={"files": ("b.pdf", a_pdf(1))})).json()
        assert (second["task_status"], second["task_position"]) == ("pending", 1)
        assert (await client.get(f"/v1/status/poll/{first['task_id']}")).json()["task_status"] == "started"
        await client.delete(f"{PATH}/{second['task_id'][:32]}")
        assert (await client.get(f"/v1/status/poll/{second['task_id']}")).json()["detail"] == "Task not found."
