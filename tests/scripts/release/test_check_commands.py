"""A dataset that does not account for every document ends a release."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from scripts.release.check_commands import check_commands, check_dataset
from scripts.release.errors import ReleaseError
from scripts.release.installed import Installed


def dataset(folder: Path, **counts: int) -> Path:
    (folder / "dataset").mkdir()
    (folder / "dataset" / "manifest.json").write_text(json.dumps({"counts": {"failed": 0, **counts}}))
    return folder


def test_every_document_and_none_failed(tmp_path: Path) -> None:
    check_dataset(dataset(tmp_path, documents=7), 7)


@pytest.mark.parametrize("counts", [{"documents": 6}, {"documents": 7, "failed": 1}])
def test_a_document_that_is_missing_or_failed(tmp_path: Path, counts: dict[str, int]) -> None:
    with pytest.raises(ReleaseError, match="the dataset of 7 documents counts"):
        check_dataset(dataset(tmp_path, **counts), 7)


def test_packages_of_the_checkout_are_not_the_wheel(tmp_path: Path, samples: Path) -> None:
    # A Python of another folder that finds the packages where this process finds them.
    python = tmp_path / "environment" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    with pytest.raises(ReleaseError, match="not from the wheel"):
        check_commands(Installed(python, tmp_path), samples)
