"""KaTeX's files, as `make setup-bench` leaves them in the user's cache, and the page that draws with them."""

from __future__ import annotations

import base64
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path

from olmocr_core.domain.errors import UsageError
from olmocr_core.domain.identity import file_digest

# The version inside the published scorer: another one would draw other boxes.
VERSION = "0.16.21"
SCRIPT_SHA256 = "863811e2baa0849c77bc92d26d44f4d0a4843c2a8ab52c462017dea57316e4d8"
STYLE_SHA256 = "f787891b550d554c214aa8902f39ac46df2dbd48fdec500a2040a5dce1e8ab58"
HOW_TO_INSTALL = "run `make setup-bench` (it needs npm and a package registry that npm can reach)"
_FONT = re.compile(r"src:url\((?P<woff2>fonts/[\w-]+\.woff2)\)[^}]*")
# The size of view, margins and letters decide where symbols stand: they are those of the published scorer.
_PAGE = """<!DOCTYPE html><html><head><meta charset="utf-8"><style>
body { display: flex; justify-content: center; align-items: center; height: 100vh; margin: 0; }
#equation { padding: 0; font-size: 24px; }
</style><style>%s</style></head><body><div id="equation"></div></body></html>"""
# An equation of more characters than any page holds is not compared: the time for that grows with their square.
MAX_SYMBOLS = 10_000
_MEASURE = r"""((equations, most) => equations.map(equation => {
  const place = document.getElementById("equation");
  place.replaceChildren();
  try {
    katex.render(equation, place, {displayMode: true, throwOnError: true});
  } catch (error) {
    return {mathml: "", symbols: [], error: String(error.message || error)};
  }
  const math = place.querySelector(".katex-mathml math");
  const leaves = [...place.querySelectorAll("span")].filter(s => !s.children.length && /\S/.test(s.textContent));
  const count = leaves.reduce((sum, span) => sum + span.textContent.length, 0);
  if (count > most) return {mathml: "", symbols: [], error: `it draws ${count} characters, over ${most}`};
  return {
    mathml: math ? math.outerHTML : "",
    symbols: leaves.map(span => {
      const box = span.getBoundingClientRect();
      return {text: span.textContent.trim(), x: box.x, y: box.y, width: box.width, height: box.height};
    }),
    error: null,
  };
}))"""

_SHOW = r"""((equation, margin, most) => {
  const place = document.getElementById("equation");
  place.replaceChildren();
  try {
    katex.render(equation, place, {displayMode: true, throwOnError: true});
  } catch (error) {
    return null;
  }
  const box = place.getBoundingClientRect();
  const [width, height] = [box.width, box.height].map(side => Math.min(Math.ceil(side) + 2 * margin, most));
  return box.width ? {x: box.x - margin, y: box.y - margin, width, height} : null;
})"""
_MARGIN_PIXELS = 6
_MOST_PIXELS = 2000


def cache_folder() -> Path:
    """Where what `make setup-bench` fetches lies, and drawings are kept."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "olmocr-flows"


@dataclass(frozen=True, slots=True)
class Katex:
    """The files of one release. ``with_fonts``: symbols are as wide as KaTeX's own fonts say, alike on every machine.

    The published scorer draws without them, in whatever serif font a machine has.
    """

    folder: Path
    with_fonts: bool = True

    def script(self) -> str:
        """KaTeX itself, for the page to run."""
        return (self.folder / "katex.min.js").read_text("utf-8")

    def page(self) -> str:
        """The HTML of an empty page in which equations are drawn."""
        style = (self.folder / "katex.min.css").read_text("utf-8")
        return _PAGE % (_FONT.sub(self._inlined, style) if self.with_fonts else style)

    def measure(self, equations: list[str]) -> str:
        """JavaScript that draws equations, one after the other, and gives what ``Drawing`` holds of each."""
        return f"{_MEASURE}({json.dumps(equations)}, {MAX_SYMBOLS})"

    def show(self, equation: str) -> str:
        """JavaScript that draws one equation and gives the box that it fills, or null where it cannot be drawn."""
        return f"{_SHOW}({json.dumps(equation)}, {_MARGIN_PIXELS}, {_MOST_PIXELS})"

    def _inlined(self, match: re.Match[str]) -> str:
        font = base64.b64encode((self.folder / match["woff2"]).read_bytes()).decode("ascii")
        return f'src:url(data:font/woff2;base64,{font}) format("woff2")'


def find_katex(folder: Path | None = None, *, with_fonts: bool = True) -> Katex:
    """KaTeX in a folder (default: in the user's cache). Raises UsageError where it is not, or is not what it should be."""
    found = folder or cache_folder() / f"katex-{VERSION}"
    expected = {"katex.min.js": SCRIPT_SHA256, "katex.min.css": STYLE_SHA256}
    for name, digest in expected.items():
        if not (found / name).is_file():
            raise UsageError(f"equations cannot be drawn: {found / name} is not there; {HOW_TO_INSTALL}")
        if file_digest(found / name) != digest:
            raise UsageError(
                f"equations cannot be drawn: {found / name} is not that of KaTeX {VERSION}; {HOW_TO_INSTALL}"
            )
    if with_fonts and not (found / "fonts" / "KaTeX_Main-Regular.woff2").is_file():
        raise UsageError(f"equations cannot be drawn: {found / 'fonts'} holds no fonts; {HOW_TO_INSTALL}")
    return Katex(found, with_fonts)
