"""The images' health check."""

from __future__ import annotations

import http.server
import threading

import pytest

from infra.image.healthy import answers, served_port

ENTRY = ("tini", "-g", "--", "python", "-I", "/opt/olmocr/image/start.py")


@pytest.mark.parametrize(
    ("command", "port"),
    [
        (("olmocr-serve",), "8000"),
        ((), "8000"),
        (("--port", "9000"), "9000"),
        (("olmocr-serve", "--port=9000"), "9000"),
        (("/opt/olmocr/bin/olmocr-serve",), "8000"),
        (("olmocr-flows", "worker", "cpu"), None),
        (("sh", "-c", "olmocr-serve"), None),
    ],
)
def test_only_the_service_is_asked_and_on_its_port(command: tuple[str, ...], port: str | None) -> None:
    assert served_port("\0".join((*ENTRY, *command, "")).encode(), "8000") == port


class Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/health" else 404)
        self.end_headers()


def test_what_answers_is_healthy_and_what_does_not_is_not() -> None:
    server = http.server.HTTPServer(("127.0.0.1", 0), Health)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    assert answers(str(server.server_port))
    server.shutdown()
    server.server_close()
    assert not answers(str(server.server_port))
