from __future__ import annotations

import re
from pathlib import Path

from service.api_keys import make_api_key
from service.page.assets import ASSETS, PATHS, POLICY
from tests.service.conftest import Opener

TEXT, KEY = make_api_key("tests")
FOLDER = Path(__file__).resolve().parents[3] / "service" / "page"


async def test_the_page_and_its_files_need_no_key_and_have_a_policy_of_their_own(local: Opener) -> None:
    async with local(api_keys=(KEY,)) as client:
        for path in PATHS:
            answer = await client.get(path)
            assert answer.status_code == 200, path
            assert answer.headers["content-security-policy"] == POLICY
            assert answer.headers["x-frame-options"] == "DENY"
        assert (await client.get("/")).headers["content-type"] == "text/html; charset=utf-8"
        assert (await client.get("/page/main.js")).headers["content-type"] == "text/javascript; charset=utf-8"


async def test_what_the_page_asks_for_needs_the_key(local: Opener) -> None:
    async with local(api_keys=(KEY,), upload_mb=7) as client:
        for path in ("/page/limits", "/page/documents/x/pages/1", "/page/other.js"):
            assert (await client.get(path)).status_code == 401
        known = {"X-Api-Key": TEXT}
        assert (await client.get("/page/limits", headers=known)).json() == {"upload_mb": 7}
        assert (await client.get("/page/other.js", headers=known)).status_code == 404


def test_the_policy_lets_nothing_in_from_elsewhere() -> None:
    assert "unsafe" not in POLICY
    assert "http" not in POLICY
    assert POLICY.startswith("default-src 'none'; script-src 'self'; ")


def test_every_file_of_the_page_is_served_and_every_script_finds_its_parts() -> None:
    assert {path.name for path in FOLDER.iterdir() if path.suffix in (".html", ".css", ".js", ".svg")} <= set(ASSETS)
    for name, asset in ASSETS.items():
        named = re.findall(r'from "\./([\w.]+)"|(?:href|src)="page/([\w.]+)"', asset.data.decode())
        assert {one or other for one, other in named} <= set(ASSETS), name


def test_nothing_names_another_host_and_nothing_is_inline() -> None:
    for name, asset in ASSETS.items():
        text = asset.data.decode().replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://|//[a-z]+\.[a-z]|url\(", text), name
    page = ASSETS["index.html"].data.decode()
    assert not re.search(r"<script(?![^>]*src=)|<style|\sstyle=|\son\w+=", page)


def test_html_is_made_in_one_place() -> None:
    scripts = {name: asset.data.decode() for name, asset in ASSETS.items() if name.endswith(".js")}
    makers = re.findall(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function", "".join(scripts.values())
    )
    assert makers == ["innerHTML"]
    assert "text.innerHTML = toHtml(page.html)" in scripts["reader.js"]
