"""Settings that belong to a site: to the profile file or the environment of its processes, never to one run.

They name programs, arguments of programs, secrets, addresses that listen, what workers may reach, and the workspace's own
store. A run is started by whoever may use Prefect's API; these are set by whoever may log in to the machine.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from olmocr_core.domain.errors import UsageError
from olmocr_core.domain.load_settings import ENV_PREFIX

SITE_SETTINGS = (
    "sglang.python",
    "sglang.arguments",
    "inference.api_key_env",
    "inference.metrics_host",
    "inference.metrics_port",
    "limits.isolation",
    "storage.workspace",
    "storage.scratch",
    "storage.source.profile",
)


def find_site_settings(values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The settings of a site among nested values: dotted names, down to plain values. None counts as not given."""
    for name in SITE_SETTINGS:
        found: Any = values
        for part in name.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
        yield from _flatten(name, found)


def refuse_site_settings(values: Mapping[str, Any]) -> None:
    """Raise UsageError if the settings of a run hold one of a site."""
    for name, _ in find_site_settings(values):
        raise UsageError(
            f"setting {name!r} (flag or flow parameter): a run cannot set it; put it into the profile file or the "
            f"environment of the worker: {make_variable_name(name)}"
        )


def make_variable_name(name: str) -> str:
    """The environment variable of a setting with a dotted name."""
    return ENV_PREFIX + name.upper().replace(".", "__")


def _flatten(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flatten(f"{name}.{key}", inner)
    elif value is not None:
        yield name, value
