"""Clients that do harm, against a real service on a socket: they cost themselves something, and nobody else."""

from __future__ import annotations

import contextlib
import resource
import socket
from collections.abc import Iterator

import httpx
import psutil
import pytest

from tests.service.documents import PAPER, PATH
from tests.service.serving import Serving, serving

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("service")]
_IDLE = 2000


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    with serving(
        tmp_path_factory.mktemp("hostile"), OLMOCR_SERVE_UPLOAD_MB="5", OLMOCR_SERVE_UPLOAD_SECONDS="2"
    ) as found:
        assert good(found) == "done"
        yield found


def good(running: Serving) -> str:
    answer = httpx.post(f"{running.url}{PATH}", content=PAPER, params={"wait": 60}, timeout=90)
    return str(answer.json()["state"])


def connect(running: Serving) -> socket.socket:
    url = httpx.URL(running.url)
    return socket.create_connection((url.host, url.port), timeout=20)


def raw(running: Serving, head: str, body: bytes = b"") -> bytes:
    """What comes back to bytes that no HTTP client would send."""
    with connect(running) as link:
        link.sendall(head.replace("\n", "\r\n").encode("latin-1") + body)
        return link.recv(1000)


def test_a_body_that_comes_a_byte_a_second_is_ended(running: Serving) -> None:
    with connect(running) as link:
        link.sendall(f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n%".encode())
        # The answer comes although the body does not.
        assert b" 408 " in link.recv(1000)
    assert good(running) == "done"


def test_10_gb_are_refused_when_they_are_announced(running: Serving) -> None:
    answer = raw(running, f"POST {PATH} HTTP/1.1\nHost: localhost\nContent-Length: 10000000000\n\n", b"%PDF-")
    assert b" 413 " in answer


def test_a_body_without_end_is_cut_at_the_limit(running: Serving) -> None:
    def endless() -> Iterator[bytes]:
        while True:
            yield b"%PDF-" * 10_000

    with contextlib.suppress(httpx.HTTPError):
        assert httpx.post(f"{running.url}{PATH}", content=endless(), timeout=60).status_code == 413
    assert good(running) == "done"
    assert list((running.log.parent / "data" / "incoming").iterdir()) == []


@pytest.mark.parametrize(
    "body",
    [
        b"--x\r\n" * 200_000,
        b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\nb\r\n" * 50_000,
        b"--x\r\n" + b"A: b\r\n" * 300_000,
        b"--x\r\nContent-Disposition: form-data; name=" + b"a" * 3_000_000,
        b"--x\r\nContent-Disposition: form-data; name=f; filename=f\r\n\r\n" + b"\r\n--" * 1_000_000,
    ],
)
def test_bombs_of_forms_are_refused_quickly_and_in_little_memory(running: Serving, body: bytes) -> None:
    process = psutil.Process(running.process.pid)
    before, cpu = process.memory_info().rss, sum(process.cpu_times()[:2])
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    with contextlib.suppress(httpx.WriteError, httpx.ReadError):
        answer = httpx.post(f"{running.url}{PATH}", content=body, headers=headers, timeout=60)
        assert 400 <= answer.status_code < 500
    assert process.memory_info().rss - before < 100e6
    assert sum(process.cpu_times()[:2]) - cpu < 10
    assert good(running) == "done"


@pytest.mark.parametrize(
    "request_line",
    [
        "GET /v1/documents/../../../../etc/passwd HTTP/1.1",
        "GET /v1/documents/%2e%2e%2f%2e%2e%2fetc%2fpasswd HTTP/1.1",
        "GET /runs/%2e%2e/%2e%2e/jobs.sqlite HTTP/1.1",
        "GET //etc/passwd HTTP/1.1",
        "GET /v1/documents/x\x00y HTTP/1.1",
        "GET http://169.254.169.254/latest HTTP/1.1",
        "POST /v1/documents?url=file:///etc/passwd HTTP/1.1",
        "NONSENSE",
        "GET /" + "a" * 100_000 + " HTTP/1.1",
    ],
)
def test_odd_requests_get_no_file_and_no_fault(running: Serving, request_line: str) -> None:
    answer = raw(running, f"{request_line}\nHost: localhost\nContent-Length: 0\nConnection: close\n\n")
    assert b"root:" not in answer
    assert b" 500 " not in answer
    assert b" 200 " not in answer
    assert good(running) == "done"


def test_names_of_files_are_shown_and_never_followed(running: Serving) -> None:
    for name in (
        "../../../etc/cron.d/x",
        "/etc/passwd",
        "a\x00b.pdf",
        "C:\\x\\y.pdf",
        "‮fdp.exe",
        "a" * 1000,
        "-rf",
        ".",
    ):
        files = {"file": (name, PAPER + name.encode("utf-8", "replace"))}
        sent = httpx.post(f"{running.url}{PATH}", files=files, timeout=60)
        assert sent.status_code in (200, 202) or "\x00" in name
        assert not {"/", "\\", "\x00", "‮"} & set(sent.json().get("filename", ""))


def test_thousands_of_idle_connections_keep_nobody_out(running: Serving) -> None:
    # Those of this process and those of the service count by themselves.
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = min(hard, _IDLE + 500)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    try:
        with contextlib.ExitStack() as idle:
            for number in range(min(_IDLE, wanted - 400)):
                link = idle.enter_context(connect(running))
                if number % 2:
                    link.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
            assert good(running) == "done"
            assert httpx.get(f"{running.url}/health", timeout=20).is_success
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
