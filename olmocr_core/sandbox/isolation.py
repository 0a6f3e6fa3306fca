"""Cut a worker off from files, network and other processes, as far as the running kernel can.

A hostile document that takes over a parser finds neither the user's files nor a way out.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from olmocr_core.domain.errors import UsageError
from olmocr_core.domain.settings import IsolationMode
from olmocr_core.sandbox import landlock, namespaces, seccomp
from olmocr_core.sandbox.readable_paths import LoadedPackages, list_loaded_packages, list_readable_paths

_NO_FILES = (
    "Landlock (Linux 5.13 or newer, not switched off nor forbidden by the container) and no user namespaces: "
    "workers can open files"
)
_NO_SECCOMP = "seccomp (of Linux on x86_64 and aarch64): workers can open connections"
_NO_SCOPES = "Landlock's ABI 6 (Linux 6.12 or newer): workers can signal other processes of this user"
_NAMESPACES = "user namespaces"


@dataclass(frozen=True, slots=True)
class Isolation:
    """What a worker is told: the mode, the places that it may read, and its packages outside of Python's folders."""

    mode: IsolationMode
    readable: tuple[str, ...] = ()
    packages: Mapping[str, str] = field(default_factory=dict)


def check_isolation(mode: IsolationMode) -> None:
    """Raise UsageError where isolation is required and the kernel lacks a part of it."""
    if mode == "required" and (missing := _list_missing()):
        raise UsageError(f"limits.isolation is required, but this machine lacks {'; '.join(missing)}")


def plan_isolation(mode: IsolationMode) -> Isolation:
    """What the next worker is told."""
    if mode == "off":
        return Isolation(mode)
    packages = list_loaded_packages()
    return Isolation(mode, tuple(map(str, list_readable_paths(packages))), packages)


def isolate(isolation: Isolation) -> None:
    """Isolate this process and all that it starts, for good. Raises OSError where it is required and fails."""
    if isolation.mode == "off":
        return
    sys.meta_path.insert(0, LoadedPackages(isolation.packages))
    # There is no folder for one on the disk. The model of languages is unpacked into one.
    tempfile.TemporaryFile = _open_memory  # type: ignore[assignment]
    ignored = () if isolation.mode == "required" else (OSError,)
    with contextlib.suppress(*ignored):
        _restrict_files(map(Path, isolation.readable))
    with contextlib.suppress(*ignored):
        seccomp.refuse_system_calls()


def _restrict_files(readable: Iterable[Path]) -> None:
    if landlock.find_abi():
        landlock.restrict(readable)
    else:
        namespaces.restrict(readable)


def _open_memory(mode: str = "w+b", buffering: int = -1, *_names: object, **_options: object) -> IO[Any]:
    return os.fdopen(os.memfd_create("temporary"), mode, buffering)


def describe_isolation() -> tuple[bool, str]:
    """Whether this machine isolates workers in full, and by what; or what is missing and what that means."""
    missing = _list_missing()
    parts = [_find_file_part(), "seccomp" if seccomp.is_supported() else ""]
    isolated = f"isolated by {' and '.join(filter(None, parts))}" if any(parts) else "not isolated"
    if parts[0] and landlock.find_abi() < landlock.SIGNAL_ABI:
        missing.append(_NO_SCOPES)
    return not missing, "; ".join([isolated, *(f"there is no {each}" for each in missing)])


def _find_file_part() -> str:
    """What keeps workers from files on this machine; empty for nothing."""
    if abi := landlock.find_abi():
        return f"Landlock (ABI {abi})"
    return _NAMESPACES if namespaces.are_allowed() else ""


def _list_missing() -> list[str]:
    missing = [] if _find_file_part() else [_NO_FILES]
    return missing if seccomp.is_supported() else [*missing, _NO_SECCOMP]
