"""Builds the wheel, the source distribution and the documentation."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

from scripts.release.errors import ReleaseError

_PIN = re.compile(r"^([A-Za-z0-9_.-]+==\S+(?: ; [^\\]+)?)", re.MULTILINE)


def run(*command: str | Path, cwd: Path | None = None, why: str) -> str:
    """The output of a command. Raises ReleaseError with its last lines and ``why``, what to do, when it fails."""
    done = subprocess.run(
        [*map(str, command)], cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode:
        raise ReleaseError(f"{Path(command[0]).name} ended with {done.returncode}; {why}\n{done.stdout[-3000:]}")
    return done.stdout


def build_distributions(repository: Path, folder: Path, scratch: Path) -> Path:
    """Build the source distribution, and the wheel from it, into an emptied folder; the wheel's path comes back."""
    shutil.rmtree(folder, ignore_errors=True)
    python = make_environment(scratch / "build-environment")
    pip_install(python, "build")
    run(python, "-m", "build", "--outdir", folder, repository, why="the package does not build")
    (wheel,) = folder.glob("*.whl")
    return wheel


def build_docs(repository: Path, folder: Path) -> None:
    """Build the documentation as HTML. Raises ReleaseError for a warning."""
    run(
        *(sys.executable, "-m", "sphinx", "-q", "-W", "-b", "html", repository / "docs", folder),
        why="the documentation has warnings, or the extra `docs` is not installed",
    )


def make_environment(folder: Path) -> Path:
    """Make an empty virtual environment; its Python comes back."""
    venv.create(folder, with_pip=True, clear=True)
    return folder / "bin" / "python"


def pip_install(python: Path, *arguments: str | Path) -> None:
    """Install with pip. Raises ReleaseError that tells a missing network from anything else as far as pip does."""
    run(
        *(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *arguments),
        why="pip could not install; it needs a network, or PIP_INDEX_URL or PIP_FIND_LINKS of a mirror",
    )


def constraints(lock: str) -> str:
    """The versions of a lock as constraints of pip: without hashes, which pip would then ask of the wheel, too."""
    return "".join(f"{pin.strip()}\n" for pin in _PIN.findall(lock))
