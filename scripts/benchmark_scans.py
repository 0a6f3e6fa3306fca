"""Measure OCR on generated scans of known text, by kind of damage: recall and F1 of words, seconds per page.

The pages are generated each time and are always the same. ``--save FILE`` stores the result; ``--against FILE`` compares it
with an earlier one and counts the words that were right before and are wrong now.
"""

from __future__ import annotations

import argparse
import io
import json
import re
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2
from PIL import Image

from olmocr_core.domain.settings import Cpu
from olmocr_core.layout import transcribe_layout
from olmocr_core.ocr.page import USUAL_SIDE, read_page_image
from scripts.scans.damage import KINDS, make_scan
from scripts.scans.pages import PACKAGES, STYLES, Page, find_missing_files

_WORD = re.compile(r"[^\W_]+(?:['’.,-][^\W_]+)*")
_TAGS = re.compile(r"<[^>]+>|[#*|\\]")


@dataclass(frozen=True)
class Read:
    """The true words of one page and the words that were read, as lists."""

    kind: str
    style: int
    truth: list[str]
    read: list[str]
    seconds: float


def split_words(text: str) -> list[str]:
    return _WORD.findall(_TAGS.sub(" ", text).replace("’", "'"))


def read_scan(kind: str, style: int, settings: Cpu, memo: dict[Any, Any]) -> Read:
    page, quality = make_scan(kind, style)
    document = pypdfium2.PdfDocument(_as_pdf(page, quality))
    sheet = document[0]

    def draw(side: int) -> Any:
        scale = side / max(sheet.get_size())
        return np.asarray(sheet.render(scale=scale).to_pil().convert("RGB"))

    image = draw(USUAL_SIDE)
    started = time.process_time()
    result = read_page_image(image, max(sheet.get_size()) / max(image.shape), settings, memo, draw)
    text = transcribe_layout(result.layout).text or ""
    seconds = time.process_time() - started
    return Read(kind, style, split_words(" ".join(page.words)), split_words(text), round(seconds, 2))


def _as_pdf(page: Page, quality: int) -> bytes:
    out = io.BytesIO()
    Image.fromarray(page.image).save(out, "PDF", resolution=page.dpi, quality=quality)
    return out.getvalue()


def measure_scores(reads: list[Read]) -> tuple[float, float, float]:
    """Measure recall and F1 of words over all pages, and seconds per page."""
    hits = sum((Counter(r.truth) & Counter(r.read)).total() for r in reads)
    truth, read = sum(len(r.truth) for r in reads), sum(len(r.read) for r in reads)
    seconds = sum(r.seconds for r in reads) / max(1, len(reads))
    return hits / max(1, truth), 2 * hits / max(1, truth + read), seconds


def count_broken(before: Read, after: Read) -> int:
    """Count words of the page that were right before and are wrong now."""
    truth = Counter(before.truth)
    return ((truth & Counter(before.read)) - (truth & Counter(after.read))).total()


def format_table(reads: list[Read], before: list[Read], group: str) -> str:
    known = {(r.kind, r.style): r for r in before}
    lines = [
        f"| {group} | recall | F1 | s a page |"
        + (" recall before | F1 before | s | broken | mended |" if known else "")
    ]
    lines.append("| --- |" + " ---: |" * (lines[0].count("|") - 2))
    for name in [*dict.fromkeys(_group(r, group) for r in reads), "all"]:
        chosen = [r for r in reads if name in ("all", _group(r, group))]
        lines.append(f"| {name} | " + "{:.1%} | {:.1%} | {:.2f} |".format(*measure_scores(chosen)))
        olds = [known[r.kind, r.style] for r in chosen if (r.kind, r.style) in known]
        if olds:
            worse = sum(count_broken(known[r.kind, r.style], r) for r in chosen if (r.kind, r.style) in known)
            better = sum(count_broken(r, known[r.kind, r.style]) for r in chosen if (r.kind, r.style) in known)
            lines[-1] += " {:.1%} | {:.1%} | {:.2f} |".format(*measure_scores(olds)) + f" {worse} | {better} |"
    return "\n".join(lines)


def _group(read: Read, group: str) -> str:
    if group == "damage":
        return read.kind
    source, font, points = STYLES[read.style]
    return f"{source.__name__}, {Path(font).stem}, {points:g} pt"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kinds", nargs="*", default=list(KINDS), choices=list(KINDS))
    parser.add_argument("--styles", nargs="*", type=int, default=list(range(len(STYLES))))
    parser.add_argument("--model", default="auto", choices=["auto", "tiny", "small"])
    parser.add_argument("--save", type=Path)
    parser.add_argument("--against", type=Path)
    options = parser.parse_args()
    if find_missing_files():
        print(f"missing: {', '.join(find_missing_files())}\ninstall: apt-get install {PACKAGES}", file=sys.stderr)
        return 1
    memo: dict[Any, Any] = {}
    settings = Cpu(ocr_model=options.model)
    reads = [read_scan(kind, style, settings, memo) for kind in options.kinds for style in options.styles]
    before = [Read(**item) for item in json.loads(options.against.read_text())] if options.against else []
    print(format_table(reads, before, "damage"), "", format_table(reads, before, "text"), sep="\n")
    if options.save:
        options.save.write_text(json.dumps([asdict(read) for read in reads]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
