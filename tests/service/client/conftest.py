"""A service on a socket, and a document for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from olmocr_core.engines.scripted import ScriptedEngine
from service.api_keys import make_api_key
from tests.service.documents import PAPER
from tests.service.serving import served_here

TEXT, KEY = make_api_key("tests")


@pytest.fixture(scope="session")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served_here(tmp_path_factory.mktemp("client"), ScriptedEngine(name="instant"), api_keys=(KEY,)) as url:
        yield url


@pytest.fixture
def paper(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A document of two pages that no other test sends."""
    path = tmp_path / "päper 1.pdf"
    path.write_bytes(PAPER + f"\n% {request.node.nodeid}".encode())
    return path
