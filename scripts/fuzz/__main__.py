"""``python -m scripts.fuzz --minutes 20 [--target NAME]``: fuzz each parser for its share. Ends with 1 after a finding."""

from __future__ import annotations

import argparse
import importlib
import os
import random
import resource
import subprocess
import sys
from pathlib import Path

from scripts.fuzz.run_target import Session, has_coverage, instrument, run_at_random, run_with_coverage

# Instrumented code is slower by about this much.
_SLOWNESS = 4.0
# An input that fills the memory is a finding, not the end of the machine.
_MOST_MEMORY = 4 << 30
FOLDER = Path("workspace-fuzz")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m scripts.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--target", default="")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1, 10_000))
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.alone:
        return _fuzz_one(arguments)
    return _fuzz_each(arguments)


def _fuzz_each(arguments: argparse.Namespace) -> int:
    """Each target in a process of its own: a crash of the interpreter is a finding of one target."""
    targets = importlib.import_module("scripts.fuzz.targets")
    names = [name for name in targets.TARGETS if not arguments.target or name == arguments.target]
    if not names:
        print(f"no target {arguments.target!r}; there are: {', '.join(targets.TARGETS)}")
        return 2
    how = "guided by coverage" if has_coverage() else "at random: atheris is not installed"
    print(f"fuzz: {len(names)} targets, {arguments.minutes:g} minutes, seed {arguments.seed}, {how}", flush=True)
    share = arguments.minutes / len(names)
    command = [sys.executable, "-m", "scripts.fuzz", "--alone", "--minutes", str(share), "--seed", str(arguments.seed)]
    command += ["--folder", str(arguments.folder)]
    codes = [_run(command, name, arguments.folder) for name in names]
    return int(any(codes))


def _run(command: list[str], name: str, folder: Path) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / f"{name}.log"
    with log.open("wb") as stream:
        code = subprocess.run([*command, "--target", name], stderr=stream, check=False).returncode
    if code not in (0, 1):
        print(f"  {name}: the process ended with {code}; see {log}", flush=True)
    return code


def _fuzz_one(arguments: argparse.Namespace) -> int:
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
    guided = has_coverage()
    if guided:
        instrument()
    target = importlib.import_module("scripts.fuzz.targets").TARGETS[arguments.target]
    session = Session(target, arguments.folder, _SLOWNESS if guided else 1.0)
    seconds = 60 * arguments.minutes
    if guided:
        run_with_coverage(session, seconds, arguments.seed, _end)
    run_at_random(session, seconds, arguments.seed)
    return _report(session)


def _end(session: Session) -> None:
    code = _report(session)
    os._exit(code)


def _report(session: Session) -> int:
    print(f"  {session.target.name}: {session.inputs:,} inputs, {len(session.found)} findings", flush=True)
    return int(bool(session.found))


if __name__ == "__main__":
    sys.exit(main())
