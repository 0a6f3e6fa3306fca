"""Take screenshots of the page of the service: docs/images/page-*.png.

Needs chromium (apt-get install chromium).
Starts the service with the cpu engine, sends sample documents by the page, and ends everything that it starts.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from PIL import Image

from olmocr_core.bench.math.chromium import find_chromium
from tests.service.page.browser import Browser
from tests.service.serving import serving

REPO = Path(__file__).resolve().parents[1]
IMAGES = REPO / "docs" / "images"
SAMPLES = REPO / "tests" / "data" / "samples"
SIZES = {"desktop": (1200, 860, False), "phone": (360, 740, True)}
COLOURS = 64
MAX_BYTES = 150_000


def main() -> None:
    """Take a screenshot at each size."""
    browser = Browser(find_chromium())
    try:
        with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as running:
            for name, (width, height, dark) in SIZES.items():
                browser.resize(width, height, dark=dark)
                take(browser, running.url, IMAGES / f"page-{name}.png")
    finally:
        browser.close()


def take(browser: Browser, url: str, path: Path) -> None:
    """Read documents by the page, and save what the window shows, with few colours."""
    browser.visit(url)
    browser.choose(SAMPLES / "eurotext.tif")
    browser.wait("document.querySelector('#list .badge').innerText === 'Done'", 100)
    browser.choose(SAMPLES / "spanning_cells.pdf")
    browser.wait("document.querySelector('#document').innerText.includes('spanning_cells')")
    browser.wait("document.querySelector('.text td') && document.querySelector('figure img').naturalWidth", 100)
    browser.run("scrollTo(0, document.querySelector('#recent').offsetTop - 16)", 10)
    browser.save_screenshot(path)
    Image.open(path).convert("RGB").quantize(COLOURS).save(path, optimize=True)
    print(f"{path.relative_to(REPO)}: {path.stat().st_size} bytes")
    if path.stat().st_size > MAX_BYTES:
        raise SystemExit(f"{path} is too large for the documentation")


if __name__ == "__main__":
    main()
