"""Reports by link, of a real run over two documents."""

from __future__ import annotations

import base64
from pathlib import Path

import httpx
import pytest

from service.api_keys import make_api_key
from tests.core.stages.walking import Walk, walk
from tests.service.conftest import Opener


@pytest.fixture
async def done(samples: Path, tmp_path: Path) -> Walk:
    return await walk([samples / "code_and_formula.pdf", samples / "blank.pdf"], tmp_path / "night")


async def test_report_manifest_and_images_of_a_run(local: Opener, done: Walk) -> None:
    async with local(workspaces=f"/nowhere,{done.ref.workspace}") as client:
        [listed] = (await client.get("/runs")).json()
        assert listed == {"run": done.summary.run, "report": f"/runs/{done.summary.run}"}
        report = await client.get(listed["report"])
        assert report.content == Path(done.summary.report).read_bytes()
        # Its own policy: its one script, its one style, images inside of it, nothing from elsewhere.
        policy = report.headers["content-security-policy"]
        assert "script-src 'sha256-" in policy
        assert policy.startswith("default-src 'none'; img-src data:;")
        assert policy.endswith("; frame-ancestors 'none'")
        facts = (await client.get(f"{listed['report']}/report.json")).json()
        assert facts["run"] == done.summary.run
        manifest = (await client.get(f"{listed['report']}/manifest.json")).json()
        assert manifest["counts"]["documents"] == 2
        doc_id = next(one["doc_id"] for one in facts["documents"] if one["status"] == "kept")
        image = await client.get(f"{listed['report']}/images/{doc_id}/1")
        assert (image.headers["content-type"], image.content[:2]) == ("image/jpeg", b"\xff\xd8")
        assert (await client.get(f"{listed['report']}/images/{doc_id}/9")).status_code == 404


@pytest.mark.parametrize(
    "path",
    ["x", "..%2F..%2Fetc", "latest%00", "x/report.json", "x/manifest.json", "%2E%2E/report.json", ".hidden"],
)
async def test_there_is_nothing_else(local: Opener, done: Walk, path: str) -> None:
    async with local(workspaces=done.ref.workspace) as client:
        answer = await client.get(f"/runs/{path}")
        assert answer.status_code in (404, 422)
        for method in ("POST", "PUT", "DELETE"):
            assert (await client.request(method, f"/runs/{done.summary.run}")).status_code == 405


async def test_a_browser_takes_a_key_as_the_password_here_and_nowhere_else(local: Opener, done: Walk) -> None:
    text, key = make_api_key("people", "read")
    basic = {"Authorization": "Basic " + base64.b64encode(f"any:{text}".encode()).decode()}
    async with local(workspaces=done.ref.workspace, api_keys=(key,)) as client:

        async def ask(path: str, headers: dict[str, str]) -> httpx.Response:
            return await client.get(path, headers=headers)

        asked = await ask("/runs", {})
        assert (asked.status_code, asked.headers["www-authenticate"].partition(" ")[0]) == (401, "Basic")
        assert (await ask(f"/runs/{done.summary.run}", basic)).status_code == 200
        elsewhere = await ask("/metrics", basic)
        assert (elsewhere.status_code, elsewhere.headers["www-authenticate"]) == (401, "Bearer")
        assert (await ask("/metrics", {"X-Api-Key": text})).status_code == 200
        for wrong in ("Basic !", "Basic " + base64.b64encode(b"any:no").decode(), f"Basic {text}"):
            assert (await ask("/runs", {"Authorization": wrong})).status_code == 401
