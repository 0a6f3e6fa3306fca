"""What the changelog must hold for a release: a heading for the version, and the upgrade notes first."""

from __future__ import annotations

import re

from scripts.release.errors import ReleaseError

UPGRADE_NOTES = "### Upgrade notes"


def release_notes(changelog: str, version: str) -> str:
    """The text under the heading of a version. Raises ReleaseError when it is missing or does not begin as it should."""
    heading = rf"^## \[{re.escape(version)}\](?: - \d{{4}}-\d{{2}}-\d{{2}})?\n(.*?)(?=^## \[|\Z)"
    found = re.search(heading, changelog, re.DOTALL | re.MULTILINE)
    if not found:
        raise ReleaseError(f"CHANGELOG.md has no heading `## [{version}] - YYYY-MM-DD`")
    notes = found[1].strip()
    if not notes.startswith(f"{UPGRADE_NOTES}\n"):
        raise ReleaseError(f"CHANGELOG.md: the notes of {version} begin with `{UPGRADE_NOTES}`")
    return notes
