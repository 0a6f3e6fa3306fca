"""Small benchmarks; a scripted browser, and the real one if it is installed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from olmocr_core.bench.math.chromium import BrowserFault, Chromium, find_chromium
from olmocr_core.bench.math.katex import Katex, find_katex
from olmocr_core.domain.errors import UsageError
from tests.core.bench.examples import write_benchmark, write_words

_ASKED = re.compile(r"\)\((\[.*\]), \d+\)$", re.DOTALL)

_SHOWN = re.compile(r"\)\((\".*\"), \d+, \d+\)$", re.DOTALL)


class ScriptedBrowser:
    """Renders the letters of an equation in a row, ten pixels apart; dies on the equations in ``deadly``."""

    def __init__(self, deadly: set[str]) -> None:
        self.deadly = deadly
        self.batches: list[list[str]] = []
        self.closed = 0

    def run(self, script: str, seconds: float) -> Any:
        if self.closed:
            raise AssertionError("a closed browser was asked")
        if shown := _SHOWN.search(script):
            return None if "error" in shown[1] else {"x": 0, "y": 0, "width": 8, "height": 8}
        asked = _ASKED.search(script)
        if not asked:
            return "CSS1Compatobject" if script.startswith("document.compatMode") else True
        self.batches.append(json.loads(asked[1]))
        if self.deadly & set(self.batches[-1]):
            raise BrowserFault("it has ended")
        return [_drawn(equation) for equation in self.batches[-1]]

    def screenshot(self, box: Mapping[str, float], seconds: float) -> bytes:
        if self.deadly:
            raise BrowserFault("it has ended")
        return b"\x89PNG" + bytes([int(box["width"])])

    def close(self) -> None:
        self.closed += 1


def _drawn(equation: str) -> dict[str, Any]:
    if "error" in equation:
        return {"mathml": "", "symbols": [], "error": "KaTeX parse error"}
    boxes = [
        {"text": char, "x": 10 * at, "y": 0, "width": 8, "height": 20}
        for at, char in enumerate(equation)
        if char != " "
    ]
    return {"mathml": f"<math><semantics><mi>{equation}</mi><annotation>", "symbols": boxes, "error": None}


class Browsers:
    """All browsers that were started, in order."""

    def __init__(self) -> None:
        self.deadly: set[str] = set()
        self.started: list[ScriptedBrowser] = []

    def start(self) -> ScriptedBrowser:
        self.started.append(ScriptedBrowser(self.deadly))
        return self.started[-1]

    @property
    def batches(self) -> list[list[str]]:
        return [batch for browser in self.started for batch in browser.batches]


@pytest.fixture
def browsers() -> Browsers:
    return Browsers()


@pytest.fixture
def files(tmp_path: Path) -> Katex:
    """A folder with files named like those of KaTeX."""
    (tmp_path / "katex.min.js").write_text("katex = {}")
    (tmp_path / "katex.min.css").write_text("")
    return Katex(tmp_path)


def _or_skip(find: Callable[[], Any]) -> Any:
    try:
        return find()
    except UsageError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def program() -> str:
    """A Chromium that starts. Without root its sandbox needs user namespaces, which a container may forbid."""
    found = str(_or_skip(find_chromium))
    try:
        Chromium(found).close()
    except BrowserFault as fault:
        if "sandbox" not in str(fault):
            raise
        pytest.skip(str(fault))
    return found


@pytest.fixture(scope="session")
def katex() -> Katex:
    found: Katex = _or_skip(find_katex)
    return found


@pytest.fixture
def chromium(program: str) -> Iterator[Chromium]:
    browser = Chromium(program)
    yield browser
    browser.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A benchmark of two PDFs and two files of checks."""
    return write_benchmark(tmp_path)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A benchmark of one PDF and a check for each of two words."""
    return write_words(tmp_path / "data")
