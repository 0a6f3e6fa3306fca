"""Take screenshots of Prefect's UI after a nightly run for the documentation: docs/images/ui-*.png.

Starts a server, deploys, starts both workers, runs a night over the sample documents, and opens the pages in a headless
Chromium. It ends everything that it starts. Needs chromium: apt-get install chromium
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import websockets
from PIL import Image

from tests.ports import free_port
from tests.server_client import ServerClient

REPO = Path(__file__).resolve().parents[1]
IMAGES = REPO / "docs" / "images"
SIZE = (1400, 900)
AUTH = f"screenshots:{secrets.token_urlsafe()}"
MAX_BYTES = 300_000


def main() -> None:
    """Run a night and take the screenshots."""
    with tempfile.TemporaryDirectory(prefix="night-") as folder:
        home = Path(folder)
        port = str(free_port())
        inbox = shutil.copytree(REPO / "tests" / "data" / "samples", home / "inbox")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "SITE_"))}
        environment = {
            **kept,
            "OLMOCR_HOME": folder,
            "PREFECT_HOME": str(home / "prefect"),
            "PREFECT_API_AUTH_STRING": AUTH,
            "SITE_SOURCES": str(inbox),
            "SITE_WORKSPACE": str(home / "workspace"),
            "NO_PROXY": "127.0.0.1",
        }
        url = f"http://127.0.0.1:{port}"
        with process(environment, "-m", "flows.cli", "server", "serve", "--port", port):
            wait_until_healthy(url)
            call(environment, "-m", "flows.cli", "deploy")
            workers = [process(environment, "-m", "flows.cli", "worker", pool) for pool in ("cpu", "gpu")]
            with workers[0], workers[1]:
                at_server = {**environment, "PREFECT_API_URL": f"{url}/api"}
                call(at_server, "-m", "prefect", "deployment", "run", "nightly-ingestion/nightly", "--watch")
                asyncio.run(take_all(url, home / "chromium"))


@contextmanager
def process(environment: dict[str, str], *arguments: str) -> Iterator[None]:
    """Run a Python process within the block."""
    with subprocess.Popen([sys.executable, *arguments], cwd=REPO, env=environment, stdout=subprocess.DEVNULL) as child:
        try:
            yield
        finally:
            child.send_signal(signal.SIGTERM)
            child.wait(60)


def call(environment: dict[str, str], *arguments: str) -> None:
    subprocess.run([sys.executable, *arguments], cwd=REPO, env=environment, stdout=subprocess.DEVNULL, check=True)


def wait_until_healthy(url: str) -> None:
    transport = httpx.HTTPTransport(retries=20)
    with httpx.Client(transport=transport, trust_env=False, timeout=60) as client:
        client.get(f"{url}/api/health").raise_for_status()


async def take_all(url: str, profile: Path) -> None:
    """Take one screenshot of each page."""
    night = flow_run(url)
    pages = {
        "runs": ("runs", "Flow runs"),
        "night": (f"runs/flow-run/{night}", "publish the dataset"),
        "artifacts": ("artifacts", "summary"),
        "deployments": ("deployments", "publish-dataset"),
        "automations": ("automations", "a night failed"),
    }
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--no-proxy-server", "--hide-scrollbars"]
    options += ["--remote-debugging-port=0", f"--user-data-dir={profile}", f"--window-size={SIZE[0]},{SIZE[1]}"]
    quiet = asyncio.subprocess.DEVNULL
    browser = await asyncio.create_subprocess_exec(str(shutil.which("chromium")), *options, stderr=quiet)
    try:
        async with websockets.connect(await tab(profile), max_size=None, proxy=None) as link:
            # What the UI's own form keeps.
            keep = f"localStorage.setItem('prefect-password', '{base64.b64encode(AUTH.encode()).decode()}')"
            await ask(link, "Page.addScriptToEvaluateOnNewDocument", source=keep)
            for name, (page, text) in pages.items():
                await save(link, name, f"{url}/{page}", text)
    finally:
        browser.terminate()
        await browser.wait()


def flow_run(url: str) -> str:
    body = {"flows": {"name": {"any_": ["nightly-ingestion"]}}, "sort": "END_TIME_DESC"}
    with ServerClient(f"{url}/api", AUTH) as client:
        found = client.post("/flow_runs/filter", json=body).raise_for_status().json()
    return str(found[0]["id"])


async def tab(profile: Path) -> str:
    """Return the DevTools address of the browser's first tab."""
    note = profile / "DevToolsActivePort"
    while not note.exists():  # noqa: ASYNC110 - another program writes it
        await asyncio.sleep(0.1)
    async with httpx.AsyncClient(trust_env=False) as client:
        tabs = (await client.get(f"http://127.0.0.1:{note.read_text().split()[0]}/json")).json()
    return str(next(one["webSocketDebuggerUrl"] for one in tabs if one["type"] == "page"))


async def save(link: Any, name: str, url: str, text: str) -> None:
    """Open a page, wait until it shows a text, and save its screenshot with few colours."""
    await ask(
        link, "Emulation.setDeviceMetricsOverride", width=SIZE[0], height=SIZE[1], deviceScaleFactor=1, mobile=False
    )
    await ask(link, "Page.navigate", url=url)
    async with asyncio.timeout(60):
        shown = {"expression": f"document.body.innerText.includes({json.dumps(text)})"}
        while not (await ask(link, "Runtime.evaluate", **shown))["result"].get("value"):  # noqa: ASYNC110
            await asyncio.sleep(0.3)
    await asyncio.sleep(3)
    taken = await ask(link, "Page.captureScreenshot", format="png")
    picture = Image.open(BytesIO(base64.b64decode(taken["data"]))).convert("RGB").quantize(128)
    path = IMAGES / f"ui-{name}.png"
    picture.save(path, optimize=True)
    print(f"{path.relative_to(REPO)}: {path.stat().st_size} bytes")
    if path.stat().st_size > MAX_BYTES:
        raise SystemExit(f"{path} is too large for the documentation")


async def ask(link: Any, method: str, **parameters: Any) -> Any:
    """Send one command and return its answer; ignore events in between."""
    await link.send(json.dumps({"id": 1, "method": method, "params": parameters}))
    while True:
        answer = json.loads(await link.recv())
        if answer.get("id") == 1:
            return answer["result"]


if __name__ == "__main__":
    main()
