"""The SGLang of another environment: its version and the arguments that it accepts."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from olmocr_core.domain.errors import UsageError

_SECONDS = 300.0
_VERSION = "import importlib.metadata as m; print(m.version('sglang'))"
_FLAGS = """
import argparse, json
from sglang.srt.server_args import ServerArgs
parser = argparse.ArgumentParser(add_help=False)
ServerArgs.add_cli_args(parser)
print(json.dumps(sorted({flag for action in parser._actions for flag in action.option_strings})))
"""


class InstalledSglang(NamedTuple):
    """The version, and the accepted ``flags`` with their dashes."""

    version: str
    flags: frozenset[str]


def inspect_sglang(python: str, cache: Path | None = None, environ: Mapping[str, str] | None = None) -> InstalledSglang:
    """Ask the environment of the interpreter ``python``. Flags are cached by version: importing SGLang takes 10 s.

    Raises UsageError when there is no SGLang or it cannot be imported.
    """
    environment = dict(os.environ if environ is None else environ)
    version = _ask(python, _VERSION, environment).strip()
    kept = (cache or _default_cache()) / f"sglang-{version}-flags.json"
    try:
        return InstalledSglang(version, frozenset(json.loads(kept.read_text("utf-8"))))
    except (OSError, ValueError):
        flags = json.loads(_ask(python, _FLAGS, environment).strip().splitlines()[-1])
    _keep(kept, flags)
    return InstalledSglang(version, frozenset(flags))


def _keep(path: Path, flags: list[str]) -> None:
    partial = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(json.dumps(flags), "utf-8")
        partial.replace(path)
    except OSError:
        # Without a writable home every start takes 10 s longer.
        return


def _default_cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "olmocr-flows"


def _ask(python: str, question: str, environment: dict[str, str]) -> str:
    try:
        answer = subprocess.run(
            [python, "-c", question], env=environment, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UsageError(f"the engine sglang needs an environment with sglang; {python}: {error}") from error
    if answer.returncode == 0:
        return answer.stdout
    last = answer.stderr.strip().splitlines()[-1] if answer.stderr.strip() else "no message"
    raise UsageError(
        f"{python} has no working sglang ({last}): install olmocr-flows[gpu], or read with --server URL or --engine cpu"
    )
