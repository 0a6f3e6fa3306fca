"""Hold our verdicts on equations in compat mode against those of the published scorer (package olmocr[bench]).

Cases are the math checks of a benchmark and a few dozen formulas of all kinds, each against pages that hold it altered:
tokens dropped, swapped and replaced, other spacing, other delimiters, other formulas before and after it; with --texts
also against what tools made of their pages. The published scorer drives a Chromium through playwright; here both draw
with the same program. What the two drew is compared, too. Exit code 1 where a verdict differs.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import subprocess
import sys
import venv
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from olmocr_core.bench.data import read_bench
from olmocr_core.bench.judge_math import MathJudge
from olmocr_core.bench.math import open_judge
from olmocr_core.bench.math.chromium import find_chromium

PACKAGES = ("beautifulsoup4", "lxml", "fuzzysearch", "rapidfuzz", "numpy", "tqdm", "pillow", "playwright", "requests")
PUBLISHED = """
import contextlib, json, os, sys
from playwright.sync_api import BrowserType
launch = BrowserType.launch
BrowserType.launch = lambda self, **given: launch(
    self, executable_path=os.environ["CHROMIUM"], args=["--no-sandbox", "--headless=new"], **given)
from olmocr.bench.tests import load_single_test
for line in sys.stdin:
    case = json.loads(line)
    check = {"pdf": "a.pdf", "page": 1, "id": "1", "type": "math", "math": case["math"],
             "ignore_dollar_delimited": case["ignore_dollars"]}
    with contextlib.redirect_stdout(sys.stderr):
        passed = bool(load_single_test(check).run(case["text"])[0])
    print(json.dumps(passed), flush=True)
"""
FORMULAS = (
    r"E = mc^2",
    r"\int_{0}^{\infty} e^{-x^2}\,dx = \frac{\sqrt{\pi}}{2}",
    r"\begin{pmatrix} a & b \\ c & d \end{pmatrix}",
    r"\begin{bmatrix} 0 & 0 & 0 \\ 0 & 1 & 0 \\ 0 & 0 & 0 \end{bmatrix}",
    r"f(x) = \begin{cases} x^2 & \text{if } x > 0 \\ 0 & \text{otherwise} \end{cases}",
    r"\begin{aligned} a &= b + c \\ &= d \end{aligned}",
    r"\sum_{n=1}^{\infty} \frac{1}{n^{2}} = \frac{\pi^{2}}{6}",
    r"\lim_{x \to 0} \frac{\sin x}{x} = 1",
    r"\hat{H}\psi = E\psi",
    r"\overline{z} + \tilde{w} \neq \vec{v}",
    r"\mathbb{R}^{n} \setminus \{0\}",
    r"\mathcal{L}(\theta) = \prod_{i} p(x_i \mid \theta)",
    r"a_1, a_2, \ldots, a_n",
    r"\sqrt[3]{x + \sqrt{y}}",
    r"\left\| \nabla u \right\|_{L^2(\Omega)} \leq C",
    r"x \mapsto \lfloor x \rfloor",
    r"\binom{n}{k} = \frac{n!}{k!(n-k)!}",
    r"A \xrightarrow{f} B",
    r"\underbrace{1 + 1 + \cdots + 1}_{n}",
    r"\frac{\partial^{2} u}{\partial t^{2}} = c^{2} \Delta u",
    r"\mathrm{Tr}(AB) = \operatorname{Tr}(BA)",
    r"10^{-3}\,\text{m/s}",
    r"\alpha\beta\gamma\delta\epsilon\varepsilon\phi\varphi",
    r"P(A \cap B) = P(A)\,P(B)",
    r"x = \frac{-b \pm \sqrt{b^{2} - 4ac}}{2a} \tag{1}",
    r"\oint_{\partial S} \mathbf{F} \cdot d\mathbf{r}",
    r"é + ü = \text{naïve}",
    r"\frac{a}{b",
    r"\unknowncommand{x}",
    r"\quad",
    r"111111 + 111111 = 222222",
    r"\frac{1}{1 + \frac{1}{1 + \frac{1}{1 + x}}}",
    r"{}_{a}^{b}X_{c}^{d}",
    r"a < b > c \& d",
)
_TOKEN = re.compile(r"\\(?:begin|end)\{[^}]*\}|\\[a-zA-Z]+|\\.|[{}^_&]|[^\s]|\s+")
_SPACES = (r"\,", r"\;", r"\quad ", " ", "{}", r"\!")
_DELIMITERS = ("${}$", "$${}$$", r"\({}\)", r"\[{}\]", "$ {} $", "\\[\n{}\n\\]")
_SYMBOLS = ("x", "y", "0", "1", "2", "+", "-", "=", r"\alpha", r"\sum", "(", ")", "n")


def main(argv: Sequence[str] | None = None) -> int:
    arguments = _parser().parse_args(argv)
    references = [*FORMULAS, *_from_benchmark(arguments.data)]
    cases = list(make_cases(references, arguments.pages, arguments.seed))
    python = arguments.python or _environment(arguments.work / "math-venv")
    theirs = published(python, cases, arguments.work)
    differing = different(cases, theirs, open_judge(compat=True))
    for case in differing[:20]:
        print(json.dumps(case, ensure_ascii=False)[:1500] + "\n")
    print(f"{len(cases)} verdicts on equations, {sum(theirs)} passed, {len(differing)} differ in compat mode")
    usual = different(cases, theirs, open_judge())
    kinds = Counter(("passed here only", "failed here only", "not judged here")[_kind(case)] for case in usual)
    print(f"without it {len(usual)} differ: {', '.join(f'{n} {kind}' for kind, n in kinds.items())}")
    if arguments.usual:
        arguments.usual.write_text("".join(json.dumps(case, ensure_ascii=False) + "\n" for case in usual), "utf-8")
    return 1 if differing else 0


def make_cases(references: Sequence[str], pages: int, seed: int = 5) -> Iterator[dict[str, object]]:
    """Pages for each reference: ``math``, ``text`` and ``ignore_dollars``, always the same for a seed."""
    chance = random.Random(seed)
    for reference in references:
        for _ in range(pages):
            held = [altered(reference, chance), *chance.sample(list(references), chance.choice((0, 0, 1, 2)))]
            chance.shuffle(held)
            text = " and then ".join(chance.choice(_DELIMITERS).replace("{}", one) for one in held)
            yield {"math": reference, "text": text, "ignore_dollars": chance.random() < 0.1}


def altered(formula: str, chance: random.Random) -> str:
    """The formula as a tool might have read it: mostly wrong in one or two places, sometimes only written otherwise."""
    tokens = _TOKEN.findall(formula)
    for _ in range(chance.choice((0, 1, 1, 1, 2))):
        at = chance.randrange(len(tokens))
        change = chance.choice(("drop", "replace", "insert", "swap", "space", "wrap", "repeat"))
        if change == "drop" and len(tokens) > 1:
            del tokens[at]
        elif change == "replace":
            tokens[at] = chance.choice(_SYMBOLS) + " "
        elif change == "insert":
            tokens.insert(at, " " + chance.choice(_SYMBOLS) + " ")
        elif change == "swap" and at:
            tokens[at - 1], tokens[at] = tokens[at], tokens[at - 1]
        elif change == "space":
            tokens.insert(at, chance.choice(_SPACES))
        elif change == "wrap":
            tokens = [r"\mathrm{" if chance.random() < 0.3 else "{", *tokens, "}"]
        elif change == "repeat":
            tokens = [*tokens, " = ", *tokens]
    return "".join(tokens)


def published(python: str, cases: Sequence[dict[str, object]], work: Path) -> list[bool]:
    """The published scorer's verdicts; its own cache of equations lies in ``work``."""
    work.mkdir(parents=True, exist_ok=True)
    asked = "".join(json.dumps(case) + "\n" for case in cases)
    environ = {**os.environ, "CHROMIUM": find_chromium(), "HOME": str(work.resolve())}
    answer = subprocess.run(
        [python, "-c", PUBLISHED], input=asked, capture_output=True, text=True, check=False, env=environ
    )
    verdicts = [json.loads(line) for line in answer.stdout.splitlines() if line in ("true", "false")]
    if len(verdicts) != len(cases):
        raise SystemExit(
            f"the published scorer gave {len(verdicts)} of {len(cases)} verdicts:\n{answer.stderr[-2000:]}"
        )
    return verdicts


def different(cases: Sequence[dict[str, object]], theirs: Sequence[bool], judge: MathJudge) -> list[dict[str, object]]:
    """The cases on which a judge does not say what the published scorer says, with both verdicts."""
    found = []
    for case, passed in zip(cases, theirs, strict=True):
        math, text, ignore = str(case["math"]), str(case["text"]), bool(case["ignore_dollars"])
        ours = judge.same(math, text, ignore_dollar_delimited=ignore)
        if ours.passed is not passed:
            found.append({**case, "published": passed, "ours": ours.passed, "explanation": ours.explanation})
    return found


def _kind(case: dict[str, object]) -> int:
    return 2 if case["ours"] is None else 0 if case["ours"] else 1


def _from_benchmark(folder: Path | None) -> list[str]:
    if folder is None:
        return []
    return list(dict.fromkeys(check.math for _, check in read_bench(folder).checks if check.type == "math"))


def _environment(folder: Path) -> str:
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
        pip = [str(python), "-m", "pip", "install", "-q"]
        subprocess.run([*pip, "--no-deps", "olmocr>=0.4.25"], check=True)
        subprocess.run([*pip, *PACKAGES], check=True)
    return str(python)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="a benchmark's folder, for its math checks")
    parser.add_argument("--python", help="of an environment with olmocr's scorer and playwright (default: one is made)")
    parser.add_argument("--work", type=Path, default=Path("bench/parity"), help="default: %(default)s")
    parser.add_argument("--pages", type=int, default=30, metavar="N", help="a formula (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--usual", type=Path, metavar="FILE.jsonl", help="where we differ without compat mode")
    return parser


if __name__ == "__main__":
    sys.exit(main())
