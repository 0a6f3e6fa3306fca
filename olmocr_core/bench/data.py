"""Read a benchmark's folder: `*.jsonl` files of checks beside `pdfs/`. Each file is a category."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from olmocr_core.bench.checks import AnyCheck, make_baseline_check, parse_check
from olmocr_core.domain.errors import UsageError
from olmocr_core.domain.json_parsing import load_json

BASELINE = "baseline"
_MOST_LINE = 1_000_000
SHOWN_PROBLEMS = 10


@dataclass(frozen=True, slots=True)
class BenchData:
    """Checks by category: the stem of their file, and ``baseline`` for the checks that are added.

    ``pdfs`` are paths relative to the folder ``pdfs``, with ``/``.
    """

    folder: Path
    pdfs: tuple[str, ...]
    categories: dict[str, tuple[AnyCheck, ...]]

    @property
    def checks(self) -> tuple[tuple[str, AnyCheck], ...]:
        """Every check with its category."""
        return tuple((name, check) for name, checks in self.categories.items() for check in checks)


def read_bench(folder: Path, *, skip_baseline: bool = False, compat: bool = False) -> BenchData:
    """Read all checks; add a baseline check for each PDF without one. ``folder`` may be one of the JSONL files.

    Files may also be in a subfolder ``tests``. ``compat`` keeps checks on missing PDFs, which fail, like the published
    scorer. Raises UsageError with file, line and error of up to ten problems.
    """
    files, root = _files(folder)
    pdfs = tuple(sorted(path.relative_to(root / "pdfs").as_posix() for path in (root / "pdfs").rglob("*.pdf")))
    if not pdfs:
        raise UsageError(f"{root / 'pdfs'} contains no PDF; a benchmark has its pages there, beside its *.jsonl")
    problems: list[str] = []
    categories = {path.stem: tuple(_read_file(path, None if compat else frozenset(pdfs), problems)) for path in files}
    _find_repeated_ids(categories, problems)
    if problems:
        more = f"\n(and {len(problems) - SHOWN_PROBLEMS} more)" if len(problems) > SHOWN_PROBLEMS else ""
        raise UsageError("the checks cannot be read:\n" + "\n".join(problems[:SHOWN_PROBLEMS]) + more)
    has_baseline = {check.pdf for checks in categories.values() for check in checks if check.type == BASELINE}
    added = tuple(make_baseline_check(pdf) for pdf in pdfs if pdf not in has_baseline)
    if skip_baseline:
        categories = {name: tuple(c for c in checks if c.type != BASELINE) for name, checks in categories.items()}
    elif added:
        categories[BASELINE] = (*categories.get(BASELINE, ()), *added)
    return BenchData(root, pdfs, {name: checks for name, checks in categories.items() if checks})


def _files(folder: Path) -> tuple[list[Path], Path]:
    if folder.is_file():
        files, root = [folder], folder.parent
    else:
        files, root = sorted(folder.glob("*.jsonl")), folder
        files = files or sorted((folder / "tests").glob("*.jsonl"))
    if not (root / "pdfs").is_dir() and (root.parent / "pdfs").is_dir():
        root = root.parent
    if not files:
        raise UsageError(f"{folder} contains no *.jsonl of checks; an olmOCR-bench folder has them beside pdfs/")
    return files, root


def _read_file(path: Path, pdfs: frozenset[str] | None, problems: list[str]) -> list[AnyCheck]:
    checks = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            check = parse_check(_object(line))
        except ValueError as error:
            problems.append(f"{path}, line {number}: {_format_error(error)}")
            continue
        if pdfs is not None and check.pdf not in pdfs:
            problems.append(f"{path}, line {number}: {check.pdf} is not under pdfs/")
        else:
            checks.append(check)
    return checks


def _object(line: str) -> dict[str, Any]:
    values = load_json(line, _MOST_LINE)
    if not isinstance(values, dict):
        raise ValueError("not a JSON object")
    return values


def _format_error(error: ValueError) -> str:
    if not isinstance(error, ValidationError):
        return str(error)
    faults = (f"{'.'.join(map(str, fault['loc'])) or 'check'}: {fault['msg']}" for fault in error.errors())
    return "; ".join(faults)


def _find_repeated_ids(categories: dict[str, tuple[AnyCheck, ...]], problems: list[str]) -> None:
    for name, checks in categories.items():
        seen: set[str] = set()
        for check in checks:
            if check.id in seen:
                problems.append(f"{name}.jsonl: the id {check.id} occurs twice")
            seen.add(check.id)
