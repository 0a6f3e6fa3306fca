from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest

from service import access_log
from tests.service.conftest import Opener
from tests.service.documents import PAPER, PATH, send


@pytest.fixture(autouse=True)
def logger() -> Iterator[None]:
    """The logger as it was, after the test."""
    found = logging.getLogger(access_log.NAME)
    before = (found.level, found.propagate, found.handlers)
    yield
    found.level, found.propagate, found.handlers = before


async def test_each_request_is_a_line_without_query_name_and_text(
    local: Opener, caplog: pytest.LogCaptureFixture
) -> None:
    async with local() as client:
        with caplog.at_level("INFO", logger=access_log.NAME):
            sent = await send(client, PAPER, "salaries.pdf", wait=20, formats="json")
            await client.get(f"{PATH}/{'x' * 1000}", params={"token": "secret"})
    lines = [json.loads(record.message) for record in caplog.records if record.name == access_log.NAME]
    assert [(line["method"], line["path"], line["status"]) for line in lines] == [
        ("POST", PATH, 200),
        ("GET", f"{PATH}/{'x' * 1000}"[:300], 404),
    ]
    assert lines[0]["bytes"] == len(sent.content)
    assert (lines[0]["client"], lines[0]["key"]) == ("127.0.0.1", None)
    assert not any(word in json.dumps(lines) for word in ("salaries", "secret", "formats"))


def test_it_is_switched_on_and_off(capsys: pytest.CaptureFixture[str]) -> None:
    scope = {"type": "http", "method": "GET", "path": "/health", "client": ("::1", 1)}
    access_log.switch_on()
    access_log.write_access(scope, 200, 0.12345, 7, "scanner")
    access_log.switch_off()
    access_log.write_access(scope, 500, 1, 1, "")
    [line] = capsys.readouterr().out.splitlines()
    assert json.loads(line) | {"time": ""} == {
        "time": "",
        "client": "::1",
        "key": "scanner",
        "method": "GET",
        "path": "/health",
        "status": 200,
        "seconds": 0.1235,
        "bytes": 7,
    }
