"""A page of another origin in a real browser on the machine of the server: what it can read and start. Nothing."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from olmocr_core.bench.math.chromium import Chromium, find_chromium
from olmocr_core.domain.errors import UsageError
from tests.server_client import ServerClient

pytestmark = [pytest.mark.prefect, pytest.mark.xdist_group("prefect")]

# Every way in which a page may send something without asking the server first, and those that ask.
ATTACK = """
(async () => {
  const api = %(api)s, id = %(deployment)s, path = `${api}/deployments/${id}/create_flow_run`;
  const body = JSON.stringify({name: 'attack', job_variables: {command: 'touch attacked'}});
  const read = [];
  const attempt = async (name, call) => {
    try { const text = await call(); if (text) read.push(`${name}: ${text}`); } catch (error) {}
  };
  const ask = async (url, options) => (await fetch(url, options)).text();
  await attempt('get', () => ask(`${api}/admin/version`));
  await attempt('token', () => ask(`${api}/csrf-token?client=attack`));
  await attempt('filter', () => ask(`${api}/deployments/filter`, {method: 'POST', body: '{}'}));
  const types = ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', 'application/json', ''];
  for (const type of types)
    for (const mode of ['no-cors', 'cors'])
      for (const credentials of ['omit', 'include']) {
        const headers = type ? {'Content-Type': type} : {};
        await attempt(`post ${type}`, () => ask(path, {method: 'POST', mode, credentials, body, headers}));
      }
  for (const method of ['PUT', 'PATCH', 'DELETE'])
    await attempt(method, () => ask(`${api}/deployments/${id}`, {method, body: '{}'}));
  const guess = {'Prefect-Csrf-Token': 'x', 'Prefect-Csrf-Client': 'attack', 'Content-Type': 'application/json'};
  await attempt('guess', () => ask(path, {method: 'POST', body, headers: guess}));
  navigator.sendBeacon(path, body);
  navigator.sendBeacon(path, new Blob([body], {type: 'text/plain'}));
  for (const enctype of types.slice(0, 3)) {
    const frame = document.createElement('iframe'), form = document.createElement('form');
    const field = document.createElement('input');
    frame.name = `frame ${enctype}`;
    Object.assign(form, {action: path, method: 'post', enctype, target: frame.name});
    [field.name, field.value] = ['{"name": "attack", "x": "', '"}'];
    form.append(field);
    document.body.append(frame, form);
    const loaded = new Promise((resolve) => { frame.onload = resolve; });
    form.submit();
    await loaded;
    await attempt('frame', async () => frame.contentDocument && frame.contentDocument.body.innerText);
  }
  await attempt('websocket', () => new Promise((resolve) => {
    const socket = new WebSocket(`${api.replace('http', 'ws')}/events/out`, ['prefect']);
    socket.onopen = () => socket.send(JSON.stringify({type: 'auth', token: ''}));
    socket.onmessage = (message) => resolve(message.data.includes('auth_success') ? message.data : '');
    socket.onclose = socket.onerror = () => resolve('');
  }));
  return read;
})()
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Chromium]:
    try:
        program = find_chromium()
    except UsageError as error:
        pytest.skip(str(error))
    found = Chromium(program, more_flags=("--no-proxy-server",))
    yield found
    found.close()


@pytest.fixture
def foreign_origin(tmp_path: Path) -> Iterator[str]:
    """Another web server on this machine: its origin."""
    (tmp_path / "index.html").write_text("<!doctype html><title>A page</title><p>Hello")
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def make_deployment(client: ServerClient) -> str:
    flow = client.post("/flows/", json={"name": "foreign"}).raise_for_status().json()["id"]
    body = {"name": "foreign", "flow_id": flow, "entrypoint": "foreign.foreign", "pull_steps": []}
    return str(client.post("/deployments/", json=body).raise_for_status().json()["id"])


def runs_of(client: ServerClient, deployment: str) -> list[Any]:
    wanted = {"deployments": {"id": {"any_": [deployment]}}}
    return list(client.post("/flow_runs/filter", json=wanted).raise_for_status().json())


def test_a_page_of_another_origin_reads_nothing_and_starts_nothing(
    browser: Chromium, foreign_origin: str, prefect_client: ServerClient
) -> None:
    client = prefect_client
    deployment = make_deployment(client)
    browser.open(f"{foreign_origin}/index.html", 60)
    script = ATTACK % {"api": json.dumps(str(client.base_url).rstrip("/")), "deployment": json.dumps(deployment)}
    assert browser.run(script, 120) == []
    assert runs_of(client, deployment) == []
    # The same order by somebody who knows the auth string: the deployment itself would have taken it.
    client.post(f"/deployments/{deployment}/create_flow_run", json={}).raise_for_status()
    assert len(runs_of(client, deployment)) == 1


def test_the_ui_opens_with_the_auth_string(browser: Chromium, environment: dict[str, str]) -> None:
    origin = environment["PREFECT_API_URL"].removesuffix("/api")
    command = [sys.executable, "-m", "flows.cli", "server", "auth"]
    secret = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.strip()
    browser.open(f"{origin}/deployments", 60)
    shows(browser, "document.body && document.body.innerText.includes('Login')")
    # What its form keeps, once a person has typed the string.
    browser.run(
        f"localStorage.setItem('prefect-password', {json.dumps(base64.b64encode(secret.encode()).decode())})", 60
    )
    browser.open(f"{origin}/deployments", 60)
    shows(browser, "document.body && document.body.innerText.includes('Deployments')")
    # A change by the UI's own client of the API takes the token as well.
    assert not browser.run("document.body.innerText.includes('Login')", 60)


def shows(browser: Chromium, condition: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not browser.run(condition, 60):
        assert time.monotonic() < deadline, browser.run("document.body.innerText", 60)
        time.sleep(0.1)
