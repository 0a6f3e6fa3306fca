"""Compare our verdicts on equations in compat mode with those of the published scorer (package olmocr[bench]).

The cases are the math checks of a benchmark and a few dozen formulas, each on pages with an altered version: tokens
dropped, swapped and replaced, other spacing, other delimiters, other formulas around it; with --texts also on the texts of
tools. The published scorer uses a Chromium through playwright; here both use the same program. The rendered equations
are compared, too. The exit code is 1 if a verdict differs.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from olmocr_core.bench.data import read_bench
from olmocr_core.bench.equation_checker import EquationChecker
from olmocr_core.bench.math.checker import open_checker
from olmocr_core.bench.math.chromium import find_chromium
from olmocr_core.bench.math.drawing import Drawing
from olmocr_core.bench.math.equations import find_delimited_equations
from olmocr_core.bench.math.renderer import EquationRenderer
from olmocr_core.bench.texts import read_texts
from scripts.parity_scorer import prepare_scorer

SECONDS = 30
# Its search for a mapping of symbols may take years: such a case gets no verdict.
PUBLISHED = f"""
import contextlib, json, os, signal, sys
from playwright.sync_api import BrowserType
launch = BrowserType.launch
BrowserType.launch = lambda self, **given: launch(
    self, executable_path=os.environ["CHROMIUM"], args=["--no-sandbox", "--headless=new"], **given)
from olmocr.bench import tests
drawn = {{}}
render = tests.render_equation
tests.render_equation = lambda equation: drawn.setdefault(equation, render(equation))
def late(*_):
    raise TimeoutError
signal.signal(signal.SIGALRM, late)
for line in sys.stdin:
    case = json.loads(line)
    check = {{"pdf": "a.pdf", "page": 1, "id": "1", "type": "math", "math": case["math"],
             "ignore_dollar_delimited": case["ignore_dollars"]}}
    with contextlib.redirect_stdout(sys.stderr):
        try:
            test = tests.load_single_test(check)
            signal.alarm({SECONDS})
            passed = bool(test.run(case["text"])[0])
        except TimeoutError:
            passed = None
        except Exception:
            passed = False
        finally:
            signal.alarm(0)
    print(json.dumps(passed), flush=True)
for equation, found in drawn.items():
    symbols = [dict(text=span.text, **vars(span.bounding_box)) for span in found.spans]
    mathml = "" if found.error else found.mathml
    print(json.dumps({{equation: dict(mathml=mathml, symbols=symbols, error=found.error)}}), flush=True)
"""
FIXTURE = Path(__file__).resolve().parents[1] / "tests" / "data" / "bench_parity_math.jsonl"
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
    r"\text{\"a\" &nbsp; <b> 'c'}",
    r"\color{red}{x} + \boxed{y} - \cancel{z}",
    r"\overset{!}{=} \underset{x}{\operatorname{argmin}} \stackrel{d}{\to}",
    r"\begin{array}{c|c} A & B \\ \hline C & D \end{array}",
    r"\begin{CD} A @>>> B \\ @VVV @VVV \\ C @>>> D \end{CD}",
    r"\substack{a \\ b} \smash{c} \phantom{d} e",
    r"\not= \not\in \nleq \mathrel{\rlap{=}/}",
    r"\def\foo#1{#1^2} \foo{x} + \foo{y}",
    r"\verb|a_b| + \mathtt{code} + \textbf{bold}",
    r"𝑥 + 𝛼 = 中文 + \text{日本語}",
    "a\u0301 + b\u0302 = \u200b c \x0c d",
    r"x % a comment",
    r"\sqrt{" * 12 + "x" + "}" * 12,
    r"{" * 120 + "x" + "}" * 120,
    r"\frac{1}{2}" * 40,
    r"\prod_{p} \frac{1}{1 - p^{-s}} = \zeta(s), \quad \Re(s) > 1",
    r"\begin{smallmatrix} 1 & 1 \\ 1 & 1 \end{smallmatrix}",
    r"0.95 \pm 0.02 \times 10^{4}\,\mu\mathrm{m}",
    r"\dot{x} = \ddot{y}, \; f'' = f^{\prime\prime}",
    r"\rule{1em}{2em} \hspace{3em} \kern1em a",
)
_TOKEN = re.compile(r"\\(?:begin|end)\{[^}]*\}|\\[a-zA-Z]+|\\.|[{}^_&]|[^\s]|\s+")
_SPACES = (r"\,", r"\;", r"\quad ", " ", "{}", r"\!")
_DELIMITERS = ("${}$", "$${}$$", r"\({}\)", r"\[{}\]", "$ {} $", "\\[\n{}\n\\]")
_SYMBOLS = ("x", "y", "0", "1", "2", "+", "-", "=", r"\alpha", r"\sum", "(", ")", "n")


def main(argv: Sequence[str] | None = None) -> int:
    arguments = _parser().parse_args(argv)
    references = [*FORMULAS, *_from_benchmark(arguments.data)]
    cases = list(make_cases(references, arguments.pages, arguments.seed)) + list(_of_tools(arguments))
    python = arguments.python or prepare_scorer(arguments.work / "scorer-venv")
    verdicts, drawn = run_published_scorer(python, cases, arguments.work)
    given = [(case, passed) for case, passed in zip(cases, verdicts, strict=True) if passed is not None]
    cases, theirs = [case for case, _ in given], [passed for _, passed in given]
    checker = open_checker(compat=True)
    differing = find_different_verdicts(cases, theirs, checker)
    for case in differing[:20]:
        print(json.dumps(case, ensure_ascii=False)[:1500] + "\n")
    print(f"{len(cases)} verdicts on equations, {sum(theirs)} passed, {len(differing)} differ in compat mode")
    if left := len(verdicts) - len(cases):
        print(f"{left} more have no verdict: the published scorer took over {SECONDS} s")
    apart = find_different_drawings(drawn, checker.renderer)
    print(f"{len(drawn)} equations rendered by both, {len(apart)} of them differently: {apart[:5]}")
    if arguments.record:
        record(cases, theirs, drawn)
    usual = find_different_verdicts(cases, theirs, open_checker())
    kinds = Counter(("passed here only", "failed here only", "no verdict here")[_kind(case)] for case in usual)
    print(f"without it {len(usual)} differ: {', '.join(f'{n} {kind}' for kind, n in kinds.items())}")
    if arguments.usual:
        arguments.usual.write_text("".join(json.dumps(case, ensure_ascii=False) + "\n" for case in usual), "utf-8")
    return 1 if differing else 0


def make_cases(references: Sequence[str], pages: int, seed: int = 5) -> Iterator[dict[str, object]]:
    """Generate pages for each reference: ``math``, ``text`` and ``ignore_dollars``, the same for the same seed."""
    rng = random.Random(seed)
    for reference in references:
        for _ in range(pages):
            held = [alter(reference, rng), *rng.sample(list(references), rng.choice((0, 0, 1, 2)))]
            rng.shuffle(held)
            text = " and then ".join(rng.choice(_DELIMITERS).replace("{}", one) for one in held)
            yield {"math": reference, "text": text, "ignore_dollars": rng.random() < 0.1}


def alter(formula: str, rng: random.Random) -> str:
    """Alter a formula as a tool might misread it: mostly one or two errors, sometimes only another notation."""
    tokens = _TOKEN.findall(formula)
    for _ in range(rng.choice((0, 1, 1, 1, 2))):
        at = rng.randrange(len(tokens))
        change = rng.choice(("drop", "replace", "insert", "swap", "space", "wrap", "repeat"))
        if change == "drop" and len(tokens) > 1:
            del tokens[at]
        elif change == "replace":
            tokens[at] = rng.choice(_SYMBOLS) + " "
        elif change == "insert":
            tokens.insert(at, " " + rng.choice(_SYMBOLS) + " ")
        elif change == "swap" and at:
            tokens[at - 1], tokens[at] = tokens[at], tokens[at - 1]
        elif change == "space":
            tokens.insert(at, rng.choice(_SPACES))
        elif change == "wrap":
            tokens = [r"\mathrm{" if rng.random() < 0.3 else "{", *tokens, "}"]
        elif change == "repeat":
            tokens = [*tokens, " = ", *tokens]
    return "".join(tokens)


def run_published_scorer(
    python: str, cases: Sequence[dict[str, object]], work: Path
) -> tuple[list[bool | None], dict[str, Drawing]]:
    """Return the published scorer's verdicts and drawings; its own cache of equations is in ``work``."""
    work.mkdir(parents=True, exist_ok=True)
    asked = "".join(json.dumps(case) + "\n" for case in cases)
    environ = {**os.environ, "CHROMIUM": find_chromium(), "HOME": str(work.resolve())}
    answer = subprocess.run(
        [python, "-c", PUBLISHED], input=asked, capture_output=True, text=True, check=False, env=environ
    )
    # Its output also contains messages about cleaning up.
    lines = [json.loads(line) for line in answer.stdout.splitlines() if line.startswith(("{", "true", "false", "null"))]
    verdicts = [line for line in lines if not isinstance(line, dict)]
    if len(verdicts) != len(cases):
        raise SystemExit(
            f"the published scorer gave {len(verdicts)} of {len(cases)} verdicts:\n{answer.stderr[-2000:]}"
        )
    drawn = {equation: Drawing(**found) for line in lines[len(verdicts) :] for equation, found in line.items()}
    return verdicts, drawn


def find_different_drawings(drawn: Mapping[str, Drawing], renderer: EquationRenderer) -> list[str]:
    """Find equations whose drawing differs from the published scorer's by at least a thousandth of a pixel."""
    ours = renderer.render(drawn)
    return [equation for equation, theirs in drawn.items() if _rounded(ours[equation]) != _rounded(theirs)]


def _rounded(drawing: Drawing) -> object:
    boxes = [(each.text, *(round(v, 3) for v in (each.x, each.y, each.width, each.height))) for each in drawing.symbols]
    return drawing.mathml, boxes, bool(drawing.error)


def record(cases: Sequence[dict[str, object]], theirs: Sequence[bool], drawn: Mapping[str, Drawing]) -> None:
    """Store verdicts on our own formulas with their drawings: 20 of each kind, from the small ones."""
    rng = random.Random(11)
    with FIXTURE.open("w", encoding="utf-8") as file:
        for kind in (True, False):
            members = [
                (case, _drawn_for(case, drawn)) for case, passed in zip(cases, theirs, strict=True) if passed is kind
            ]
            own = [(case, found) for case, found in members if case["math"] in FORMULAS and len(found) > 1]
            small = sorted(own, key=lambda each: len(json.dumps(each)))[:200]
            for case, found in rng.sample(small, min(20, len(small))):
                file.write(json.dumps({**case, "passed": kind, "drawn": found}, ensure_ascii=False) + "\n")


def _drawn_for(case: dict[str, object], drawn: Mapping[str, Drawing]) -> dict[str, object]:
    wanted = [
        str(case["math"]),
        *find_delimited_equations(str(case["text"]), ignore_dollars=bool(case["ignore_dollars"])),
    ]
    return {each: drawn[each].model_dump(mode="json") for each in wanted if each in drawn}


def find_different_verdicts(
    cases: Sequence[dict[str, object]], theirs: Sequence[bool], checker: EquationChecker
) -> list[dict[str, object]]:
    """Find the cases with another verdict than the published scorer's; return them with both verdicts."""
    found = []
    for case, passed in zip(cases, theirs, strict=True):
        math, text, ignore = str(case["math"]), str(case["text"]), bool(case["ignore_dollars"])
        ours = checker.check(math, text, ignore_dollar_delimited=ignore)
        if ours.passed is not passed:
            found.append({**case, "published": passed, "ours": ours.passed, "explanation": ours.explanation})
    return found


def _kind(case: dict[str, object]) -> int:
    return 2 if case["ours"] is None else 0 if case["ours"] else 1


def _from_benchmark(folder: Path | None) -> list[str]:
    if folder is None:
        return []
    return list(dict.fromkeys(check.math for _, check in read_bench(folder).checks if check.type == "math"))


def _of_tools(arguments: argparse.Namespace) -> Iterator[dict[str, object]]:
    """Generate cases from the benchmark's math checks and the texts of tools."""
    if arguments.data is None:
        return
    data = read_bench(arguments.data)
    for folder in arguments.texts:
        texts = read_texts(folder, data.pdfs).texts
        for _, check in data.checks:
            if check.type == "math":
                for text in texts.get((check.pdf, check.page), ()):
                    yield {"math": check.math, "text": text, "ignore_dollars": check.ignore_dollar_delimited}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="a benchmark's folder, for its math checks")
    parser.add_argument("--texts", type=Path, nargs="*", default=[], metavar="FOLDER", help="tools' texts of its pages")
    parser.add_argument("--record", action="store_true", help=f"keep a sample of the verdicts in {FIXTURE.name}")
    parser.add_argument(
        "--python", help="Python of an environment with olmocr's scorer and playwright (default: create one)"
    )
    parser.add_argument("--work", type=Path, default=Path("bench/parity"), help="default: %(default)s")
    parser.add_argument("--pages", type=int, default=30, metavar="N", help="a formula (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--usual", type=Path, metavar="FILE.jsonl", help="write the differences without compat mode")
    return parser


if __name__ == "__main__":
    sys.exit(main())
