from __future__ import annotations

from tests.service.conftest import Opener
from tests.service.documents import PAPER


async def test_a_document_becomes_one_entry_a_page(local: Opener) -> None:
    async with local() as client:
        headers = {"X-Filename": "a%20b.pdf", "Content-Type": "application/pdf"}
        pages = (await client.put("/process", content=PAPER, headers=headers)).json()
        assert [page["page_content"][:6] for page in pages] == ["Page 1", "Page 2"]
        assert pages[1]["metadata"] == {"page": 1, "page_label": "2", "file_name": "a b.pdf", "total_pages": 2}


async def test_what_is_no_document_says_why(local: Opener) -> None:
    async with local() as client:
        refused = await client.put("/process", content=b"no document")
        assert (refused.status_code, "PDF" in refused.json()["detail"]) == (415, True)
