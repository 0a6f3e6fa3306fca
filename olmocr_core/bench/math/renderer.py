"""Render equations in batches with one browser, which starts on demand and restarts after a crash."""

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
# Limits to load KaTeX, and to render a batch, which takes a hundredth of it unless an equation causes trouble.
LOAD_SECONDS = 60.0
BATCH_SECONDS = 10.0
EQUATION_SECONDS = 0.5
MAX_LENGTH = 20_000
# Letters are measured: a font that loads later would move them.
_LOAD_FONTS = """
Promise.allSettled([...document.fonts].map(font => font.load()))
  .then(all => all.length > 0 && all.every(one => one.status === "fulfilled"))
"""
FAILED = "the browser could not render it"
TOO_LONG = Drawing(error=f"it is longer than {MAX_LENGTH} characters")


class Browser(Protocol):
    """A browser with one page, such as `chromium.Chromium`."""

    def run(self, script: str, seconds: float) -> Any:
        """Run a script and return its JSON value. Raises BrowserFault."""

    def screenshot(self, box: Mapping[str, float], seconds: float) -> bytes:
        """Take a PNG of a part of the page. Raises BrowserFault."""

    def close(self) -> None:
        """End the browser."""


class EquationRenderer:
    """Renders with KaTeX and a cache. ``start`` starts the browser. Threads take turns."""

    def __init__(self, katex: Katex, start: Callable[[], Browser], cache: DrawingCache) -> None:
        self._katex = katex
        self._start = start
        self._cache = cache
        self._known: dict[str, Drawing] = {}
        self._lock = threading.Lock()
        self._browser: Browser | None = None
        self._start_fault: BrowserFault | None = None
        self._ending: weakref.finalize[[], EquationRenderer] | None = None

    def render(self, equations: Iterable[str]) -> dict[str, Drawing]:
        """Render each equation; one that the browser cannot render has an ``error``.

        Raises BrowserFault only if the browser cannot render anything at all.
        """
        wanted = list(dict.fromkeys(equations))
        with self._lock:
            missing = [equation for equation in wanted if not self._recall(equation)]
            for start in range(0, len(missing), BATCH):
                self._render_batch(missing[start : start + BATCH])
            return {equation: self._known[equation] for equation in wanted}

    def screenshot(self, equation: str) -> bytes | None:
        """Render an equation as a PNG for people; None if it cannot be rendered."""
        if len(equation) > MAX_LENGTH:
            return None
        with self._lock:
            try:
                browser = self._ready()
                box = browser.run(self._katex.build_show_script(equation), BATCH_SECONDS)
                return browser.screenshot(box, BATCH_SECONDS) if box else None
            except BrowserFault as fault:
                _log.warning("no image of an equation: %s: %.200s", fault, equation)
                self.close()
                return None

    def close(self) -> None:
        """End the browser; the next ``render`` starts another one."""
        if self._ending:
            self._ending()
        self._browser = self._ending = None

    def _recall(self, equation: str) -> bool:
        too_long = TOO_LONG if len(equation) > MAX_LENGTH else None
        found = too_long or self._known.get(equation) or self._cache.get(equation)
        if found:
            self._known[equation] = found
        return found is not None

    def _render_batch(self, equations: Sequence[str]) -> None:
        """Render a batch; if it fails, render its halves, until the equation at fault is alone."""
        # If the browser does not start, the equations are not at fault.
        browser = self._ready()
        try:
            values = browser.run(
                self._katex.build_measure_script(list(equations)), BATCH_SECONDS + EQUATION_SECONDS * len(equations)
            )
        except BrowserFault as fault:
            self.close()
            if len(equations) == 1:
                # Not cached: another attempt may succeed.
                _log.warning("%s: %s: %.200s", FAILED, fault, equations[0])
                self._known[equations[0]] = Drawing(error=f"{FAILED}: {fault}")
                return
            middle = len(equations) // 2
            self._render_batch(equations[:middle])
            self._render_batch(equations[middle:])
            return
        for equation, value in zip(equations, values, strict=True):
            drawing = Drawing.model_validate(value)
            self._known[equation] = drawing
            self._cache.put(equation, drawing)

    def _ready(self) -> Browser:
        """Return the browser with KaTeX loaded. A browser that does not start is not tried again."""
        if self._start_fault:
            raise self._start_fault
        if self._browser is None:
            try:
                self._browser = self._open()
            except BrowserFault as fault:
                self.close()
                self._start_fault = fault
                raise
        return self._browser

    def _open(self) -> Browser:
        browser = self._start()
        self._ending = weakref.finalize(self, browser.close)
        page = json.dumps(self._katex.build_page())
        browser.run(f"document.open(); document.write({page}); document.close()", LOAD_SECONDS)
        browser.run(f"{self._katex.read_script()}; 0", LOAD_SECONDS)
        loaded = browser.run(_LOAD_FONTS, LOAD_SECONDS)
        state = browser.run("document.compatMode + typeof katex", LOAD_SECONDS)
        if state != "CSS1Compatobject" or (self._katex.with_fonts and not loaded):
            raise BrowserFault(f"KaTeX did not load ({state}, fonts: {loaded})")
        return browser
