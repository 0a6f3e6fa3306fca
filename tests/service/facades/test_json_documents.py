from __future__ import annotations

import base64

from tests.service.conftest import Opener
from tests.service.documents import PAPER

SOURCE = "/v1/convert/source"


async def test_a_body_that_is_no_object_or_too_large_is_refused(local: Opener) -> None:
    async with local(upload_mb=1) as client:
        for body, status in ((b"{", 422), (b"[" * 5000 + b"]" * 5000, 422), (b"7", 422), (b"x" * 1_400_000, 413)):
            refused = await client.post(SOURCE, content=body)
            assert (refused.status_code, bool(refused.json()["detail"])) == (status, True)
        assert list(client.state.folder.incoming.iterdir()) == []


async def test_a_client_names_no_path(local: Opener) -> None:
    encoded = base64.b64encode(PAPER).decode()
    source = {"kind": "file", "filename": "../../a.pdf", "base64_string": encoded, "path": "/etc/passwd"}
    async with local() as client:
        answered = (await client.post(SOURCE, json={"sources": [source]})).json()
        assert answered["document"]["filename"] == "a.pdf"
        assert [path.name for path in client.state.folder.root.rglob("a.pdf")] == []
