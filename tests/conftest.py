"""What all tests share: where the sample documents and the corpus lie."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# How long an example takes is the machine's affair; examples are the same in every run.
settings.register_profile("project", deadline=None, derandomize=True)
settings.load_profile("project")

pytest_plugins = ["tests.s3", "tests.prefect_server"]

REPO = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def samples() -> Path:
    """The small documents that ship with the project."""
    return REPO / "tests" / "data" / "samples"


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The corpus of documents with expectations; tests that need it are skipped where it is absent."""
    folder = Path(os.environ.get("OLMOCR_CORPUS", REPO.parent / "shared" / "corpus"))
    if not folder.is_dir():
        pytest.skip(f"no corpus at {folder} (OLMOCR_CORPUS names another place)")
    return folder
