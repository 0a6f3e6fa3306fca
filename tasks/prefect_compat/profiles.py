"""Reads the active Prefect profile without importing Prefect.

Relies on: the place and the format of Prefect's ``profiles.toml`` (``PREFECT_HOME``, ``PREFECT_PROFILE``, ``active``,
``profiles.NAME.SETTING``).
Why: ``import prefect`` takes 1 to 6 seconds, and it reads its settings once, at import. Which server a run uses must be
settled before that.
Contract: tests/tasks/prefect_compat/test_profiles.py writes a profile with Prefect and reads it back here.
Goes when: Prefect's settings can be read without importing the package.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path


def active_profile_setting(name: str) -> str | None:
    """A setting of the active Prefect profile, e.g. PREFECT_API_URL; None when there is no profile or it lacks that."""
    home = Path(os.environ.get("PREFECT_HOME", "~/.prefect")).expanduser()
    try:
        profiles = tomllib.loads((home / "profiles.toml").read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError):
        return None
    active = os.environ.get("PREFECT_PROFILE") or profiles.get("active", "")
    value = profiles.get("profiles", {}).get(active, {}).get(name)
    return str(value) if value else None
