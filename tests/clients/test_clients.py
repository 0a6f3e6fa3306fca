"""Clients of other tools, as they are published, each convert a document by a running service: ``make test-clients``."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service.api_keys import make_api_key
from tests.service.documents import SAMPLES
from tests.service.serving import serving

PYTHON = os.environ.get("CLIENTS_PYTHON", "")
PROGRAMS = Path(__file__).resolve().parent / "programs"
PAPER = SAMPLES / "code_and_formula.pdf"
TEXT, KEY = make_api_key("clients")
pytestmark = [
    pytest.mark.skipif(not PYTHON, reason="the clients have an environment of their own: make test-clients"),
    pytest.mark.xdist_group("service"),
]


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A service with a key."""
    with serving(tmp_path_factory.mktemp("guarded"), OLMOCR_SERVE_API_KEYS=str(KEY)) as running:
        yield running.url


@pytest.fixture(scope="module")
def free(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A service without keys."""
    with serving(tmp_path_factory.mktemp("free")) as running:
        yield running.url


def run(program: str, url: str, key: str = "", path: Path = PAPER) -> Any:
    """What a program in the clients' environment finds."""
    command = [PYTHON, str(PROGRAMS / f"{program}.py"), url, key, str(path)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert ended.returncode == 0, ended.stderr[-3000:]
    return json.loads(ended.stdout.splitlines()[-1])


def test_doclings_own_client(guarded: str) -> None:
    found = run("docling_client", guarded, TEXT)
    assert (found["status"], found["health"]) == ("success", "ok")
    assert found["markdown"].startswith("### JavaScript Code Example")
    assert list(found["pages"]) == ["1", "2"]
    assert found["page_numbers"] == [1, 2]
    width, height = found["pages"]["1"]
    assert all(
        0 <= left < right <= width and 0 <= top < bottom <= height for left, top, right, bottom in found["boxes"]
    )


def test_langchains_docling_loader(guarded: str) -> None:
    (text,) = run("langchain_loader", guarded, TEXT)
    assert "Simple JavaScript Program" in text


def test_mistrals_own_client(guarded: str) -> None:
    found = run("mistral_client", guarded, TEXT)
    assert found["pages"][0].startswith("## JavaScript Code Example")
    assert {"title", "text", "code"} <= set(found["block_types"])
    assert (found["second"], found["by_id"], found["deleted"]) == ([1], 2, True)
    assert (found["models"], found["retrieved"]) == (["mistral-ocr-latest"], "a.pdf")


@pytest.mark.parametrize("keyed", [True, False])
def test_open_webuis_own_loaders(guarded: str, free: str, keyed: bool) -> None:
    found = run("open_webui_loaders", guarded if keyed else free, TEXT if keyed else "any")
    for name in ("external", "docling", "mistral", "mistral_base64"):
        assert [page["metadata"]["page"] for page in found[name]] == [0, 1], name
        assert found[name][0]["text"].startswith("## JavaScript Code Example"), name
    for name in () if keyed else ("mineru", "tika", "tika4"):
        assert "Simple JavaScript Program" in found[name][0]["text"], name
