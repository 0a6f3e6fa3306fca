from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def documents(samples: Path) -> list[Path]:
    """Four pages to read and a blank one."""
    return [samples / name for name in ("code_and_formula.pdf", "scan_rotated_90.pdf", "eu-002.pdf", "blank.pdf")]
