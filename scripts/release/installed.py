"""The wheel in an empty environment: its commands run outside of the checkout, without anything of this process's."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from scripts.release.build import constraints, make_environment, pip_install
from scripts.release.errors import ReleaseError

# Variables that would lead a command back to this checkout, or to a person's server and settings.
_DROPPED = ("PREFECT_", "OLMOCR_", "SITE_", "PYTHON", "VIRTUAL_ENV")
_STOP_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Installed:
    """An environment that holds the wheel. Commands run in ``folder`` with ``variables`` on top of a clean environment."""

    python: Path
    folder: Path
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """What the commands run with."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_DROPPED)}
        return {**kept, **self.variables}

    def call(self, program: str, *arguments: str, seconds: float = 600) -> str:
        """The output of a program. Raises ReleaseError when it fails or takes too long."""
        words = " ".join([program, *arguments])
        process = subprocess.Popen(
            [str(self.python.with_name(program)), *arguments],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            output, _ = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired as error:
            process.kill()
            raise ReleaseError(f"`{words}` did not end within {seconds:.0f} seconds") from error
        if process.returncode:
            raise ReleaseError(f"`{words}` ended with {process.returncode}:\n{output[-3000:]}")
        return output

    @contextmanager
    def running(self, program: str, *arguments: str) -> Iterator[None]:
        """A program that runs as long as the block; its output goes to a file in the folder."""
        log = self.folder / f"{'-'.join([program, *arguments[:2]])}.log"
        with log.open("wb") as stream:
            process = subprocess.Popen(
                [str(self.python.with_name(program)), *arguments],
                cwd=self.folder,
                env=self.environment,
                stdout=stream,
                stderr=stream,
            )
        try:
            yield
        finally:
            process.terminate()
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def install(wheel: Path, lock: Path, scratch: Path) -> Installed:
    """Install the wheel and what it declares, at the versions of the lock, into an empty environment."""
    folder = scratch / "elsewhere"
    folder.mkdir()
    pins = scratch / "constraints.txt"
    pins.write_text(constraints(lock.read_text("utf-8")), "utf-8")
    python = make_environment(scratch / "environment")
    pip_install(python, wheel, "--constraint", pins)
    return Installed(python, folder, {"OLMOCR_HOME": str(folder / "state")})
