"""What a changelog must hold before a version is released."""

from __future__ import annotations

import pytest

from scripts.release.changelog import release_notes
from scripts.release.errors import ReleaseError

CHANGELOG = """# Changelog

## [Unreleased]

### Added

- Something new.

## [0.2.0] - 2026-12-01

### Upgrade notes

- Run `olmocr-flows deploy` again.

### Added

- A thing.

## [0.1.0] - 2026-11-01

### Added

- Everything.
"""


def test_the_notes_of_a_version_end_where_the_next_one_begins() -> None:
    notes = release_notes(CHANGELOG, "0.2.0")
    assert notes.startswith("### Upgrade notes")
    assert notes.endswith("- A thing.")


def test_a_version_at_the_end_and_one_without_a_date() -> None:
    assert release_notes("## [1.0.0]\n### Upgrade notes\n\nNothing to do.\n", "1.0.0").endswith("Nothing to do.")


@pytest.mark.parametrize("version", ["0.3.0", "0.2", "0x2.0", "Unreleased "])
def test_a_version_without_a_heading(version: str) -> None:
    with pytest.raises(ReleaseError, match="no heading"):
        release_notes(CHANGELOG, version)


def test_upgrade_notes_come_first() -> None:
    with pytest.raises(ReleaseError, match=r"begin with `### Upgrade notes`"):
        release_notes(CHANGELOG, "0.1.0")
