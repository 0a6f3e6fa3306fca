from __future__ import annotations

import time

from service.api.batch_views import PATH as BATCHES
from service.batches.sweeper import forget_old
from tests.service.conftest import Opener
from tests.service.documents import PAPER, PATH, PHOTO, a_pdf, send
from tests.service.engines import Held


async def test_what_ended_long_ago_is_forgotten_and_nothing_else(local: Opener) -> None:
    engine = Held(first=2)
    async with local(engine) as client:
        files = [("files", ("a.pdf", PAPER)), ("files", ("b.tif", PHOTO))]
        batch = (await client.post(BATCHES, files=files, params={"wait": 20})).json()
        running = (await send(client, a_pdf(3))).json()
        middle = time.time()
        late = (await send(client, a_pdf(1), wait=20)).json()
        await forget_old(client.state.desk, client.state.batches, middle)
        left = [(await client.get(f"{PATH}/{job['id']}")).status_code for job in (running, late)]
        assert left == [200, 200]
        assert (await client.get(batch["links"]["self"])).status_code == 404
        kept = {path.name for path in client.state.folder.root.glob("documents/*/*")}
        assert kept == {running["sha256"], late["sha256"]}
        engine.release()
