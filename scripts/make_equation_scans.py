"""A benchmark of scanned equations: made up, drawn by KaTeX, printed by Chromium, scanned in two ways, with their checks.

``python -m scripts.make_equation_scans FOLDER``, then ``olmocr-flows bench FOLDER --engine cpu --skip-baseline``.
"""

from __future__ import annotations

import argparse
import html
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np
import pypdfium2
from PIL import Image

from olmocr_core.bench.math.chromium import find_chromium
from olmocr_core.bench.math.katex import find_katex
from scripts.scans.equations import Grammar

_EACH = 10
# Dots per inch, blur in pixels, and whether black and white.
_SCANS = {"black_and_white": (400, 1.3, True), "gray": (170, 0.6, False)}
_STYLE = (
    "@page{size:5.5in 9in;margin:.5in} body{font:11pt KaTeX_Main} .e{margin:.5em 0;text-align:center} p{margin:.5em 0}"
)
_DRAW = 'document.querySelectorAll(".e").forEach(e=>katex.render(e.dataset.t,e,{displayMode:true}))'


def page_html(katex: Path, grammar: Grammar) -> tuple[str, list[str]]:
    """A page with words and displayed equations, and the equations."""
    equations = [grammar.equation() for _ in range(_EACH)]
    body = ""
    for equation in equations:
        body += f"<p>{grammar.sentence()}</p>" if grammar.chance() else ""
        body += f'<div class="e" data-t="{html.escape(equation)}"></div>'
    head = f'<link rel="stylesheet" href="{katex}/katex.min.css"><script src="{katex}/katex.min.js"></script>'
    head += f"<style>{_STYLE}</style>"
    return f"<!doctype html><html><head>{head}</head><body>{body}<script>{_DRAW}</script></body></html>", equations


def print_page(chromium: str, source: str, folder: Path) -> Path:
    """The page as a PDF, printed without a network."""
    page, printed = folder / "page.html", folder / "page.pdf"
    page.write_text(source, "utf-8")
    options = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--allow-file-access-from-files",
        "--no-pdf-header-footer",
    ]
    command = [chromium, *options, "--virtual-time-budget=5000", f"--print-to-pdf={printed}", page.as_uri()]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return printed


def scan(printed: Path, scanned: Path, way: str, seed: int) -> None:
    """The first page of a PDF as a scan."""
    dpi, blur, is_bilevel = _SCANS[way]
    gray = np.asarray(pypdfium2.PdfDocument(printed)[0].render(scale=dpi / 72).to_pil().convert("L"))
    noise = cv2.GaussianBlur(np.random.default_rng(seed).normal(0, 1, gray.shape), (0, 0), 1) * 40
    soft = cv2.GaussianBlur(gray, (0, 0), blur).astype(float) + noise
    seen = np.where(soft > 150, 255, 0) if is_bilevel else np.clip(soft * 0.8 + 20, 0, 255)
    Image.fromarray(seen.astype(np.uint8)).save(scanned, "PDF", resolution=dpi, quality=70)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pages", type=int, default=6)
    options = parser.parse_args()
    katex, chromium = Path(find_katex().folder), str(find_chromium())
    (options.folder / "pdfs").mkdir(parents=True, exist_ok=True)
    checks: dict[str, list[str]] = {way: [] for way in _SCANS}
    with tempfile.TemporaryDirectory() as scratch:
        for number in range(options.pages):
            source, equations = page_html(katex, Grammar(number))
            printed = print_page(chromium, source, Path(scratch))
            for way in _SCANS:
                name = f"page{number}_{way}.pdf"
                scan(printed, options.folder / "pdfs" / name, way, number)
                for at, equation in enumerate(equations):
                    check = {"pdf": name, "page": 1, "id": f"{name}_{at}", "type": "math", "math": equation}
                    checks[way].append(json.dumps(check))
    for way, lines in checks.items():
        (options.folder / f"{way}.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    print(f"{options.pages * _EACH} equations, each scanned in {len(_SCANS)} ways: {options.folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
