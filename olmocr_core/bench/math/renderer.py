"""Equations in, drawings out: batches through one browser, which is started when first needed and again when it dies."""

from __future__ import annotations

import json
import logging
import threading
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from olmocr_core.bench.math.cache import DrawingCache
from olmocr_core.bench.math.chromium import BrowserFault
from olmocr_core.bench.math.drawing import Drawing
from olmocr_core.bench.math.katex import Katex

_log = logging.getLogger(__name__)
BATCH = 64
# To load KaTeX; and to draw a batch, which takes a hundredth of it unless an equation is at fault.
LOAD_SECONDS = 60.0
BATCH_SECONDS = 10.0
EQUATION_SECONDS = 0.5
MAX_LENGTH = 20_000
# Letters are measured: a font that came later would move them.
_LOAD_FONTS = """
Promise.allSettled([...document.fonts].map(font => font.load()))
  .then(all => all.length > 0 && all.every(one => one.status === "fulfilled"))
"""
TOO_MUCH = "the browser could not draw it"
TOO_LONG = Drawing(error=f"it is longer than {MAX_LENGTH} characters")


class Browser(Protocol):
    """One page that runs scripts; `chromium.Chromium` is one."""

    def run(self, script: str, seconds: float) -> Any:
        """The script's JSON value. Raises BrowserFault."""

    def screenshot(self, box: Mapping[str, float], seconds: float) -> bytes:
        """A PNG of a part of the page. Raises BrowserFault."""

    def close(self) -> None:
        """End it."""


class EquationRenderer:
    """Draws with KaTeX. ``start`` makes the browser; ``cache`` is asked first. Threads take turns."""

    def __init__(self, katex: Katex, start: Callable[[], Browser], cache: DrawingCache) -> None:
        self._katex = katex
        self._start = start
        self._cache = cache
        self._known: dict[str, Drawing] = {}
        self._lock = threading.Lock()
        self._browser: Browser | None = None
        self._refusal: BrowserFault | None = None
        self._ending: weakref.finalize[[], EquationRenderer] | None = None

    def draw(self, equations: Iterable[str]) -> dict[str, Drawing]:
        """A drawing for each equation; one that the browser chokes on has an ``error``. Raises BrowserFault.

        The fault is raised only where the browser cannot draw anything at all.
        """
        wanted = list(dict.fromkeys(equations))
        with self._lock:
            missing = [equation for equation in wanted if not self._recall(equation)]
            for start in range(0, len(missing), BATCH):
                self._draw(missing[start : start + BATCH])
            return {equation: self._known[equation] for equation in wanted}

    def screenshot(self, equation: str) -> bytes | None:
        """The equation as a PNG, for people; None where it cannot be drawn."""
        if len(equation) > MAX_LENGTH:
            return None
        with self._lock:
            try:
                browser = self._ready()
                box = browser.run(self._katex.show(equation), BATCH_SECONDS)
                return browser.screenshot(box, BATCH_SECONDS) if box else None
            except BrowserFault as fault:
                _log.warning("no screenshot of an equation: %s: %.200s", fault, equation)
                self.close()
                return None

    def close(self) -> None:
        """End the browser; the next ``draw`` would start another."""
        if self._ending:
            self._ending()
        self._browser = self._ending = None

    def _recall(self, equation: str) -> bool:
        too_long = TOO_LONG if len(equation) > MAX_LENGTH else None
        found = too_long or self._known.get(equation) or self._cache.get(equation)
        if found:
            self._known[equation] = found
        return found is not None

    def _draw(self, equations: Sequence[str]) -> None:
        """Draw a batch; where it fails, halves of it, until the one at fault stands alone."""
        # A browser that does not come up is at fault itself, whatever the equations.
        browser = self._ready()
        try:
            values = browser.run(
                self._katex.measure(list(equations)), BATCH_SECONDS + EQUATION_SECONDS * len(equations)
            )
        except BrowserFault as fault:
            self.close()
            if len(equations) == 1:
                # Not kept on disk: on another day it may come out.
                _log.warning("%s: %s: %.200s", TOO_MUCH, fault, equations[0])
                self._known[equations[0]] = Drawing(error=f"{TOO_MUCH}: {fault}")
                return
            middle = len(equations) // 2
            self._draw(equations[:middle])
            self._draw(equations[middle:])
            return
        for equation, value in zip(equations, values, strict=True):
            drawing = Drawing.model_validate(value)
            self._known[equation] = drawing
            self._cache.put(equation, drawing)

    def _ready(self) -> Browser:
        """The browser with KaTeX in its page. One that does not come up is not tried again."""
        if self._refusal:
            raise self._refusal
        if self._browser is None:
            try:
                self._browser = self._open()
            except BrowserFault as fault:
                self.close()
                self._refusal = fault
                raise
        return self._browser

    def _open(self) -> Browser:
        browser = self._start()
        self._ending = weakref.finalize(self, browser.close)
        page = json.dumps(self._katex.page())
        browser.run(f"document.open(); document.write({page}); document.close()", LOAD_SECONDS)
        browser.run(f"{self._katex.script()}; 0", LOAD_SECONDS)
        loaded = browser.run(_LOAD_FONTS, LOAD_SECONDS)
        state = browser.run("document.compatMode + typeof katex", LOAD_SECONDS)
        if state != "CSS1Compatobject" or (self._katex.with_fonts and not loaded):
            raise BrowserFault(f"KaTeX did not load ({state}, fonts: {loaded})")
        return browser
