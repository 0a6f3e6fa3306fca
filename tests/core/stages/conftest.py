from __future__ import annotations

from pathlib import Path

import pytest

from tests.core.stages.nights import MANY, write


@pytest.fixture
def inbox(samples: Path, tmp_path: Path) -> Path:
    """Fifty documents with bytes of their own, and so texts of their own."""
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(MANY):
        write(folder / f"{number:02d}.pdf", samples, f"copy {number}")
    return folder


@pytest.fixture
def two(samples: Path) -> list[Path]:
    """Two documents of three pages, one of them blank."""
    return [samples / "code_and_formula.pdf", samples / "blank.pdf"]
