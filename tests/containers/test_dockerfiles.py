"""hadolint has nothing to say about the Dockerfiles."""

from __future__ import annotations

import subprocess

import pytest

from tests.containers.docker import REPO


@pytest.mark.parametrize("name", ["infra/Dockerfile", "infra/Dockerfile.gpu"])
def test_hadolint_finds_nothing(name: str) -> None:
    done = subprocess.run(["hadolint", "--no-color", name], cwd=REPO, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
