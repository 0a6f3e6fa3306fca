"""The version in ``pyproject.toml``: the only place that holds it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from scripts.release.errors import ReleaseError

_LINE = re.compile(r'^version = "[^"]*"$', re.MULTILINE)
_VERSION = re.compile(r"\d+\.\d+\.\d+(?:(?:a|b|rc)\d+)?")


def read_version(pyproject: Path) -> str:
    """The version that the file holds."""
    return str(tomllib.loads(pyproject.read_text("utf-8"))["project"]["version"])


def set_version(pyproject: Path, version: str) -> None:
    """Write a version, such as ``0.2.0`` or ``1.0.0rc1``. Raises ReleaseError for anything else."""
    if not _VERSION.fullmatch(version):
        raise ReleaseError(f"{version!r} is not a version; write X.Y.Z, or X.Y.ZrcN for a release candidate")
    text, count = _LINE.subn(f'version = "{version}"', pyproject.read_text("utf-8"))
    if count != 1:
        raise ReleaseError(f"{pyproject.name} has {count} lines `version = ...`, not one")
    pyproject.write_text(text, "utf-8")
