"""Flags that several commands share, and the settings that flags ask for."""

from __future__ import annotations

import argparse
from pathlib import Path

from olmocr_core.domain.errors import UsageError
from olmocr_core.engines import AUTO, ENGINES, check_engine_name


def add_engine_flags(parser: argparse.ArgumentParser, engine_help: str) -> None:
    """Add the flags that choose and configure an engine."""
    names = ", ".join((AUTO, *ENGINES))
    parser.add_argument("--engine", type=_engine, metavar="NAME", help=f"{engine_help}: {names}, or an installed one")
    parser.add_argument(
        "--server", metavar="URL", help="an OpenAI-compatible server, for example http://gpu-box:30000/v1"
    )
    parser.add_argument("--model", metavar="NAME", help="the model that the server serves")
    parser.add_argument("--recording", metavar="DIR", help="the recorded answers that the engine replay gives")
    parser.add_argument(
        "--record", metavar="DIR", help="keep the raw answer to every page there, for the engine replay"
    )
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="any setting, for example render.encoding=png"
    )
    parser.add_argument("--ephemeral", action="store_true", help="use Prefect's ephemeral server for this run only")


def settings_from_flags(arguments: argparse.Namespace) -> dict[str, object]:
    """The nested settings that the flags of a command ask for; None where a flag was not given.

    Raises UsageError for a bad value.
    """
    flags = vars(arguments)
    settings: dict[str, object] = {
        "server": flags.get("server"),
        "model": flags.get("model"),
        "password_file": flags.get("password_file"),
        "retry_failed": flags.get("retry_failed") or None,
        "publish": {"formats": _list(flags.get("formats"))},
        "recording": {"replay_from": _absolute(flags.get("recording")), "record_to": _absolute(flags.get("record"))},
        "orchestration": {
            "pages_per_task": _pages_per_task(flags.get("pages_per_task")),
            "workers": flags.get("workers"),
        },
    }
    for assignment in flags.get("set", ()):
        _assign(settings, assignment)
    return settings


def without_none(values: dict[str, object]) -> dict[str, object]:
    """Only the values that were given: an absent one must not show up as null in the form of the Prefect UI."""
    given: dict[str, object] = {}
    for key, value in values.items():
        inner = without_none(value) if isinstance(value, dict) else value
        if inner not in (None, {}):
            given[key] = inner
    return given


def _engine(name: str) -> str:
    try:
        return check_engine_name(name)
    except UsageError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _absolute(folder: str | None) -> str | None:
    return folder if folder is None or "://" in folder else str(Path(folder).expanduser().resolve())


def _list(value: str | None) -> list[str] | None:
    return [item.strip() for item in value.split(",") if item.strip()] if value else None


def _pages_per_task(value: str | None) -> int | str | None:
    if value is None or value == "auto":
        return value
    if value.isdigit() and int(value) > 0:
        return int(value)
    raise UsageError(f"--pages-per-task is {value!r}; give auto or a number from 1")


def _assign(settings: dict[str, object], assignment: str) -> None:
    key, equals, value = assignment.partition("=")
    if not equals or not key:
        raise UsageError(f"--set {assignment!r}: write KEY=VALUE, for example render.encoding=png")
    target = settings
    *groups, last = key.split(".")
    for group in groups:
        inner = target.setdefault(group, {})
        if not isinstance(inner, dict):
            raise UsageError(f"--set {assignment!r}: {group} is not a group of settings")
        target = inner
    target[last] = value
