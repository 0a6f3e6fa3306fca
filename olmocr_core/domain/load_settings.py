"""Settings: defaults < profile file (TOML) < environment (``OLMOCR_*``) < flow parameters or flags.

Two underscores separate group and key: ``OLMOCR_LIMITS__PAGE_SECONDS=60``. Unknown keys are errors.
"""

from __future__ import annotations

import functools
import os
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from olmocr_core.domain.errors import UsageError
from olmocr_core.domain.explain_setting import SettingsSource, explain
from olmocr_core.domain.server_address import refuse_password
from olmocr_core.domain.settings import Settings

# Those that exist have two; names of models and options may lie deeper.
_MOST_LEVELS = 10
ENV_PREFIX = "OLMOCR_"
# Other parts of the project read these before settings exist; they are not settings of a run.
ENV_RESERVED = frozenset({"OLMOCR_HOME", "OLMOCR_PROFILE", "OLMOCR_CORPUS", "OLMOCR_API_KEY"})
# The HTTP service has settings of its own, and starts with the environment that also says how documents are read.
_SERVICE_PREFIX = "OLMOCR_SERVE_"


def load_settings(
    *overrides: Mapping[str, Any], environ: Mapping[str, str] | None = None, profile: Path | None = None
) -> Settings:
    """Merge profile, environment and overrides (nested mappings; None means not given) into settings.

    The profile is ``profile``, else the file named by ``OLMOCR_PROFILE``. Raises UsageError with the wrong key and its
    source.
    """
    environ = os.environ if environ is None else environ
    path = profile or environ.get("OLMOCR_PROFILE")
    settings, sources = _load_site(_read_text(Path(path)) if path else None, _own_variables(environ))
    if not overrides:
        return settings
    sources = (*sources, *(SettingsSource("flag or flow parameter", override) for override in overrides))
    return _validate(sources)


class _Profile(NamedTuple):
    path: Path
    text: str


@functools.lru_cache(maxsize=8)
def _load_site(
    profile: _Profile | None, variables: tuple[tuple[str, str], ...]
) -> tuple[Settings, tuple[SettingsSource, ...]]:
    """Parse and merge profile and environment; a process does it once, as long as neither of them changes."""
    sources = (*([_parse_profile(profile)] if profile else ()), *_read_environment(variables))
    return _validate(sources), sources


def _validate(sources: Sequence[SettingsSource]) -> Settings:
    merged: dict[str, Any] = {}
    for source in sources:
        _check_depth(source)
        _merge(merged, source.values)
    refuse_password(merged, sources)
    try:
        return Settings.model_validate(merged)
    except ValidationError as error:
        raise UsageError(explain(error.errors()[0], sources)) from error


def _read_text(path: Path) -> _Profile:
    try:
        return _Profile(path, path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"profile {path}: {error}") from error


def _parse_profile(profile: _Profile) -> SettingsSource:
    try:
        return SettingsSource(f"profile {profile.path}", tomllib.loads(profile.text))
    except (ValueError, RecursionError) as error:
        # Numbers of thousands of digits and thousands of nested brackets are no TOMLDecodeError.
        raise UsageError(f"profile {profile.path}: {error}") from error


def _own_variables(environ: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    named = (name for name in environ if name.startswith(ENV_PREFIX) and name not in ENV_RESERVED)
    return tuple((name, environ[name]) for name in named if not name.startswith(_SERVICE_PREFIX))


def _read_environment(variables: Iterable[tuple[str, str]]) -> Iterator[SettingsSource]:
    """Yield one source for each variable, so that an error can name it."""
    for name, value in variables:
        values: Any = value
        for part in reversed(name.removeprefix(ENV_PREFIX).lower().split("__")):
            values = {part: values}
        yield SettingsSource(f"environment variable {name}", values)


def _check_depth(source: SettingsSource) -> None:
    """Raise UsageError for groups in groups: merging and validation call themselves for each."""
    level: list[Any] = [source.values]
    for _ in range(_MOST_LEVELS):
        level = [inner for outer in level if isinstance(outer, Mapping) for inner in outer.values()]
    if any(isinstance(value, Mapping) for value in level):
        raise UsageError(f"{source.name}: there is no setting {_MOST_LEVELS} groups deep")


def _merge(into: dict[str, Any], other: Mapping[str, Any]) -> None:
    for key, value in other.items():
        if not isinstance(value, Mapping):
            if value is not None:
                into[key] = value
        # A plain value in place of a group stays, and validation reports it.
        elif isinstance(inner := into.setdefault(key, {}), dict):
            _merge(inner, value)
