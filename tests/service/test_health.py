from __future__ import annotations

from service.api_keys import make_api_key
from tests.service.conftest import Opener
from tests.service.documents import PAPER, send

TEXT, KEY = make_api_key("tests")


async def test_what_is_missing_is_said_to_this_machine_alone(local: Opener) -> None:
    for keys, words in (((), "http://gpu:30000"), ((KEY,), "its log says why")):
        async with local(api_keys=keys) as client:
            client.headers["X-Api-Key"] = TEXT
            # Once a document was read, the engine has started.
            assert (await send(client, PAPER, wait=20)).status_code == 200
            assert (await client.get("/ready")).json() == {"status": "ready"}
            client.state.runner.trouble = "no server answers at http://gpu:30000"
            refused = await client.get("/ready")
            assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
            assert words in refused.json()["detail"]
            assert (await client.get("/health")).status_code == 200
