"""The files of KaTeX, which `make setup-bench` puts into the user's cache, and the page that renders with them."""

from __future__ import annotations

import base64
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path

from olmocr_core.domain.errors import UsageError
from olmocr_core.domain.identity import file_digest

# The version in the published scorer: another version renders other boxes.
VERSION = "0.16.21"
SCRIPT_SHA256 = "863811e2baa0849c77bc92d26d44f4d0a4843c2a8ab52c462017dea57316e4d8"
STYLE_SHA256 = "f787891b550d554c214aa8902f39ac46df2dbd48fdec500a2040a5dce1e8ab58"
HOW_TO_INSTALL = "run `make setup-bench` (it needs npm and a package registry that npm can reach)"
_FONT = re.compile(r"src:url\((?P<woff2>fonts/[\w-]+\.woff2)\)[^}]*")
# The sizes of view, margins and letters determine the positions of symbols: use those of the published scorer.
_PAGE = """<!DOCTYPE html><html><head><meta charset="utf-8"><style>
body { display: flex; justify-content: center; align-items: center; height: 100vh; margin: 0; }
#equation { padding: 0; font-size: 24px; }
</style><style>%s</style></head><body><div id="equation"></div></body></html>"""
# Longer equations than any page has are not compared: the time grows with the square of their characters.
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
  if (count > most) return {mathml: "", symbols: [], error: `it has ${count} characters, more than ${most}`};
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


def find_cache_folder() -> Path:
    """Return the folder of the files that `make setup-bench` fetches, and of stored drawings."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "olmocr-flows"


@dataclass(frozen=True, slots=True)
class Katex:
    """The files of one release. ``with_fonts``: use KaTeX's own fonts, with the same widths on every machine.

    The published scorer renders without them, in any serif font of the machine.
    """

    folder: Path
    with_fonts: bool = True

    def read_script(self) -> str:
        """Read KaTeX's JavaScript."""
        return (self.folder / "katex.min.js").read_text("utf-8")

    def build_page(self) -> str:
        """Build the HTML of an empty page for rendering."""
        style = (self.folder / "katex.min.css").read_text("utf-8")
        return _PAGE % (_FONT.sub(self._inlined, style) if self.with_fonts else style)

    def build_measure_script(self, equations: list[str]) -> str:
        """Build JavaScript that renders equations and returns the fields of a ``Drawing`` for each."""
        return f"{_MEASURE}({json.dumps(equations)}, {MAX_SYMBOLS})"

    def build_show_script(self, equation: str) -> str:
        """Build JavaScript that renders one equation and returns its box, or null if it cannot be rendered."""
        return f"{_SHOW}({json.dumps(equation)}, {_MARGIN_PIXELS}, {_MOST_PIXELS})"

    def _inlined(self, match: re.Match[str]) -> str:
        font = base64.b64encode((self.folder / match["woff2"]).read_bytes()).decode("ascii")
        return f'src:url(data:font/woff2;base64,{font}) format("woff2")'


def find_katex(folder: Path | None = None, *, with_fonts: bool = True) -> Katex:
    """Find KaTeX in a folder (default: in the user's cache). Raises UsageError if it is missing or has another hash."""
    found = folder or find_cache_folder() / f"katex-{VERSION}"
    expected = {"katex.min.js": SCRIPT_SHA256, "katex.min.css": STYLE_SHA256}
    for name, digest in expected.items():
        if not (found / name).is_file():
            raise UsageError(f"equations cannot be rendered: {found / name} does not exist; {HOW_TO_INSTALL}")
        if file_digest(found / name) != digest:
            raise UsageError(
                f"equations cannot be rendered: {found / name} is not from KaTeX {VERSION}; {HOW_TO_INSTALL}"
            )
    if with_fonts and not (found / "fonts" / "KaTeX_Main-Regular.woff2").is_file():
        raise UsageError(f"equations cannot be rendered: {found / 'fonts'} has no fonts; {HOW_TO_INSTALL}")
    return Katex(found, with_fonts)
