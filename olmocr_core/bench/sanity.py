"""The baseline: a page's text is there, does not repeat itself to the end, and is in the expected scripts."""

from __future__ import annotations

import re

from olmocr_core.bench.checks import BaselineCheck
from olmocr_core.bench.verdict import Verdict

_LONGEST_PATTERN = 5
_IMAGE = re.compile(r"!\[.*?\]\(.*?\)")
_FOREIGN = re.compile(
    "[\u4e00-\u9fff\u3040-\u309f\u30a0-\u30ff\U0001f600-\U0001f64f\U0001f300-\U0001f5ff\U0001f680-\U0001f6ff"
    "\U0001f1e0-\U0001f1ff]"
)


def judge_baseline(check: BaselineCheck, text: str) -> Verdict:
    """Sane text; or, with ``max_length``, at most that many letters and digits and nothing else asked."""
    if check.max_length is not None:
        counted = _IMAGE.sub("", text) if check.max_length_skips_image_alt_tags else text
        found = sum(char.isalnum() for char in counted)
        if found > check.max_length:
            return Verdict.bad(f"{found} letters and digits on a page that should have at most {check.max_length}")
        return Verdict.good()
    if not any(char.isalnum() for char in text):
        return Verdict.bad("there is no letter and no digit")
    for size, repeats in enumerate(_repeats_at_end(text), start=1):
        if repeats > check.max_repeats:
            return Verdict.bad(f"it ends with a pattern of {size} characters, repeated {repeats} times")
    foreign = _FOREIGN.findall(text) if check.check_disallowed_characters else []
    if foreign:
        return Verdict.bad(f"{len(foreign)} characters of another script: {' '.join(sorted(set(foreign))[:10])}")
    return Verdict.good()


def _repeats_at_end(text: str) -> list[int]:
    """How often the last 1, 2 ... 5 characters stand at the end without a break, whitespace folded."""
    folded = re.sub(r"\s+", " ", text)
    counts = []
    for size in range(1, _LONGEST_PATTERN + 1):
        last, count, at = folded[-size:], 0, len(folded) - size
        while at >= 0 and folded[at : at + size] == last:
            count, at = count + 1, at - size
        counts.append(count if len(folded) >= size else 0)
    return counts
