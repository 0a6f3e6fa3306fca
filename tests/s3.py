"""A real S3 API on a socket (moto's server), and a gateway before it that counts requests and can make them fail."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from olmocr_core.domain.settings import Store
from olmocr_core.storage.objects import ObjectStore
from olmocr_core.storage.paths import ObjectPath
from tests.ports import free_port

CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}
START_SECONDS = 60
_HOP = {"connection", "transfer-encoding", "keep-alive", "date", "server"}


@dataclass(frozen=True)
class Fault:
    """What a request gets instead of an answer; with ``cut_after`` the true answer, broken off after so many bytes.

    ``body`` is an answer of its own instead of an error of that code.
    """

    status: int = 503
    code: str = "SlowDown"
    cut_after: int | None = None
    body: bytes = b""


@dataclass
class Gateway:
    """A proxy to a store: ``requests`` holds (method, path with query); faults are used up in order."""

    port: int
    target: int
    requests: list[tuple[str, str]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    writing: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def methods(self) -> list[str]:
        """The methods of the requests so far."""
        return [method for method, _ in self.requests]

    def take(self, method: str, path: str) -> Fault | None:
        with self.lock:
            self.requests.append((method, path))
            return self.faults.pop(0) if self.faults else None


@pytest.fixture(scope="session")
def s3_server() -> Iterator[int]:
    """The port of moto's server, one a test session."""
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    environment = {**os.environ, **CREDENTIALS}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_until_up(process, port)
        yield port
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials for the test's store, and none of the person's own."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def gateway(s3_server: int, credentials: None) -> Iterator[Gateway]:
    """A gateway of the test's own before the session's server."""
    with serving(s3_server) as found:
        yield found


@pytest.fixture
def bucket(gateway: Gateway) -> ObjectPath:
    """A fresh bucket behind the gateway."""
    name = f"test-{uuid.uuid4().hex}"
    store = ObjectStore(settings_for(gateway))
    store.call("create_bucket", Bucket=name)
    gateway.requests.clear()
    return ObjectPath(store, name)


def settings_for(gateway: Gateway, **more: object) -> Store:
    """How a store behind the gateway is reached; few attempts, so that faults show soon."""
    return Store.model_validate({"endpoint_url": gateway.url, "max_attempts": 4, **more})


@contextmanager
def serving(target: int) -> Iterator[Gateway]:
    """Run a gateway to a port of this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    gateway = Gateway(server.server_address[1], target)
    server.gateway = gateway  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield gateway
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _serve(self) -> None:
        gateway: Gateway = self.server.gateway  # type: ignore[attr-defined]
        if "100-continue" in self.headers.get("Expect", ""):
            self.send_response_only(100)
            self.end_headers()
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        fault = gateway.take(self.command, self.path)
        if fault and fault.cut_after is None:
            self._reply(fault.status, {}, (fault.body or _error(fault.code)) if self.command != "HEAD" else b"")
            return
        connection = http.client.HTTPConnection("127.0.0.1", gateway.target, timeout=30)
        kept = {name: value for name, value in self.headers.items() if name.lower() not in ("connection", "expect")}
        # A store takes writes with a condition one at a time; moto looks first and writes then.
        is_conditional = any(name.lower() in ("if-match", "if-none-match") for name in kept)
        with gateway.writing if self.command == "PUT" and is_conditional else nullcontext():
            connection.request(self.command, self.path, body, kept)
            answer = connection.getresponse()
            data = answer.read()
        headers = {name: value for name, value in answer.getheaders() if name.lower() not in _HOP}
        self._reply(answer.status, headers, data, fault.cut_after if fault else None)
        connection.close()

    def _reply(self, status: int, headers: dict[str, str], data: bytes, cut_after: int | None = None) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            if name.lower() != "content-length" or self.command == "HEAD":
                self.send_header(name, value)
        if self.command != "HEAD":
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data if cut_after is None else data[:cut_after])
        if cut_after is not None:
            self.close_connection = True

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = _serve

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def _error(code: str) -> bytes:
    return f'<?xml version="1.0"?><Error><Code>{code}</Code><Message>as the test wants it</Message></Error>'.encode()


def _wait_until_up(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError("moto's server did not start")
