"""Compare our verdicts in compat mode with those of the published scorer (package olmocr[bench]).

The cases are real texts, damaged texts, and generated pages of malformed tables; bench_parity_math.py has the math
checks. The exit code is 1 if a verdict differs.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from olmocr_core.bench.checks import parse_check
from olmocr_core.bench.data import read_bench
from olmocr_core.bench.score import score_check
from olmocr_core.bench.texts import read_texts
from scripts.parity_scorer import prepare_scorer
from scripts.parity_tables import MADE, make_tables

SECONDS = 60
# It takes hours for some texts: these get no verdict.
PUBLISHED = f"""
import json, signal, sys
from olmocr.bench.tests import load_single_test
def late(*_):
    raise TimeoutError
signal.signal(signal.SIGALRM, late)
for line in sys.stdin:
    case = json.loads(line)
    try:
        signal.alarm({SECONDS})
        passed = bool(load_single_test(case["check"]).run(case["text"])[0])
    except TimeoutError:
        passed = None
    except Exception:
        passed = False
    finally:
        signal.alarm(0)
    print(json.dumps(passed), flush=True)
"""
FIXTURE = Path(__file__).resolve().parents[1] / "tests" / "data" / "bench_parity.jsonl"


def main(argv: Sequence[str] | None = None) -> int:
    arguments = _parser().parse_args(argv)
    python = arguments.python or prepare_scorer(arguments.work / "scorer-venv")
    asked = [*_cases(arguments), *make_tables(arguments.made)]
    verdicts = _published(python, asked)
    given = [(case, passed) for case, passed in zip(asked, verdicts, strict=True) if passed is not None]
    cases, theirs = [case for case, _ in given], [passed for _, passed in given]
    differing = 0
    for case, published in zip(cases, theirs, strict=True):
        ours = bool(score_check(parse_check(case["check"]), case["text"], compat=True).passed)
        if ours != published:
            differing += 1
            if differing <= 20:
                print(f"ours {ours}, published {published}: {json.dumps(case, ensure_ascii=False)[:1500]}\n")
    if arguments.record:
        _record(cases, theirs)
    if left := len(asked) - len(cases):
        print(f"{left} more have no verdict: the published scorer took over {SECONDS} s")
    print(f"{len(cases)} verdicts, {sum(theirs)} passed, {differing} differ")
    return 1 if differing else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="a benchmark's folder: checks beside pdfs/")
    parser.add_argument("candidates", type=Path, nargs="+", help="folders of {pdf stem}_pg{N}_repeat{R}.md")
    parser.add_argument("--python", help="Python of an environment with olmocr's scorer (default: create one)")
    parser.add_argument("--work", type=Path, default=Path("bench/parity"), help="default: %(default)s")
    parser.add_argument(
        "--mutations", type=int, default=6, metavar="N", help="damaged versions of each text (default: %(default)s)"
    )
    parser.add_argument(
        "--made", type=int, default=2000, metavar="N", help="generated pages of tables (default: %(default)s)"
    )
    parser.add_argument(
        "--record", action="store_true", help=f"keep a sample of the published verdicts in {FIXTURE.name}"
    )
    return parser


def _cases(arguments: argparse.Namespace) -> Iterator[dict[str, Any]]:
    data = read_bench(arguments.data)
    checks = [check for _, check in data.checks if check.type not in ("math", "format", "footnote")]
    chance = random.Random(5)
    for folder in arguments.candidates:
        texts = read_texts(folder, data.pdfs).texts
        for check in checks:
            for text in texts.get((check.pdf, check.page), ()):
                values = check.model_dump(exclude_none=True)
                yield {"check": values, "text": text}
                for _ in range(arguments.mutations):
                    yield {"check": _vary(values, text, chance), "text": mutate(text, chance)}


def mutate(text: str, chance: random.Random) -> str:
    """A text with one thing wrong, as tools get things wrong."""
    return chance.choice((_drop_words, _swap_paragraphs, _break_tags, _cut, _change_letters, _to_table))(text, chance)


def _drop_words(text: str, chance: random.Random) -> str:
    return "".join(part for part in re.split(r"(\s+)", text) if part.isspace() or chance.random() > 0.08)


def _swap_paragraphs(text: str, chance: random.Random) -> str:
    parts = re.split(r"\n\s*\n", text)
    chance.shuffle(parts)
    return "\n\n".join(parts)


def _break_tags(text: str, chance: random.Random) -> str:
    broken = re.sub(r"</?(?:t[rdh]|thead|tbody)[^>]*>", lambda m: m[0] if chance.random() > 0.1 else "", text)
    spans = (' colspan="2"', ' rowspan="2"', "", "", ' colspan="x"', ' rowspan="3" colspan="2"', ' rowspan="0"')
    return re.sub(r"<(td|th)>", lambda m: f"<{chance.choice(('td', 'th', m[1]))}{chance.choice(spans)}>", broken)


def _cut(text: str, chance: random.Random) -> str:
    start = chance.randrange(len(text) + 1)
    return text[start : start + chance.choice((0, 5, 40, 300, len(text)))]


def _change_letters(text: str, chance: random.Random) -> str:
    return "".join(chance.choice("eao*_| \n") if chance.random() < 0.03 else char for char in text)


def _to_table(text: str, chance: random.Random) -> str:
    """Columns of spaced text as a table. Cells are left open in short ones only: they nest, and cost both scorers minutes."""
    lines = text.splitlines()
    kind = chance.choice((" | ", "|", "</td><td>", "</th><td colspan=2>", "<td>"))
    if "<" not in kind:
        return "\n".join(re.sub(r" {2,}|\t", lambda _: kind, line) for line in lines)
    closing = "</td></tr>" if "/" in kind else ""
    kept = lines if closing else lines[:8]
    rows = (f"<tr><td>{re.sub(r' {2,}|	', lambda _: kind, line)}{closing}" for line in kept)
    return f"<table>{''.join(rows)}</table>"


def _vary(values: dict[str, Any], text: str, chance: random.Random) -> dict[str, Any]:
    """The same check with other words of the page or another tolerance, so that more of them come out either way."""
    words = text.split()
    varied = dict(values)
    if chance.random() < 0.5 or len(words) < 8:
        return varied
    for name in ("text", "before", "after", "cell", "top_heading", "left_heading", "up", "down", "left", "right"):
        if varied.get(name) and chance.random() < 0.6:
            at = chance.randrange(len(words))
            varied[name] = " ".join(words[at : at + chance.choice((1, 1, 2, 6))])
    varied["max_diffs"] = chance.choice((0, 0, 1, 2, 3, 5))
    if varied["type"] == "order":
        # Short texts with many differences take the published scorer minutes.
        varied["max_diffs"] = min(
            varied["max_diffs"], *(max(1, len(varied[name]) // 4) for name in ("before", "after"))
        )
    if varied["type"] in ("present", "absent"):
        varied["first_n"] = chance.choice((None, None, 50, 400))
        varied["last_n"] = chance.choice((None, None, 50, 400))
        varied["case_sensitive"] = chance.choice((True, False))
    try:
        parse_check(varied)
    except ValueError:
        return dict(values)
    return varied


def _published(python: str, cases: list[dict[str, Any]]) -> list[bool | None]:
    asked = "".join(json.dumps(case) + "\n" for case in cases)
    answer = subprocess.run([python, "-c", PUBLISHED], input=asked, capture_output=True, text=True, check=False)
    verdicts = [json.loads(line) for line in answer.stdout.splitlines() if line in ("true", "false", "null")]
    if len(verdicts) != len(cases):
        raise SystemExit(
            f"the published scorer gave {len(verdicts)} of {len(cases)} verdicts:\n{answer.stderr[-2000:]}"
        )
    return verdicts


def _record(cases: list[dict[str, Any]], theirs: list[bool], each: int = 20, pool: int = 40) -> None:
    """Some verdicts of every type and both kinds, read and made, on short texts: 20 drawn from the 40 shortest."""
    kinds: dict[tuple[bool, str, bool], list[dict[str, Any]]] = {}
    for case, passed in zip(cases, theirs, strict=True):
        kinds.setdefault((case["check"]["pdf"] == MADE, case["check"]["type"], passed), []).append(
            {**case, "passed": passed}
        )
    chance = random.Random(7)
    with FIXTURE.open("w", encoding="utf-8") as file:
        for _, members in sorted(kinds.items()):
            shortest = sorted(members, key=lambda case: len(case["text"]))[:pool]
            for case in chance.sample(shortest, min(each, len(shortest))):
                file.write(json.dumps(case, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    sys.exit(main())
