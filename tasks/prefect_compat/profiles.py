"""Reads the active Prefect profile without importing Prefect.

Relies on: the place and the format of Prefect's ``profiles.toml`` (``PREFECT_HOME``, ``PREFECT_PROFILE``, ``active``,
``profiles.NAME.PREFECT_API_URL``).
Why: ``import prefect`` takes 1 to 6 seconds, and it reads its settings once, at import. Which server a run uses must be
settled before that.
Contract: tests/tasks/prefect_compat/test_profiles.py writes a profile with Prefect and reads it back here.
Goes when: Prefect's settings can be read without importing the package.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path


def active_profile_api_url() -> str | None:
    """PREFECT_API_URL of the active Prefect profile; None when there is no profile or it names no API."""
    home = Path(os.environ.get("PREFECT_HOME", "~/.prefect")).expanduser()
    try:
        profiles = tomllib.loads((home / "profiles.toml").read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError):
        return None
    active = os.environ.get("PREFECT_PROFILE") or profiles.get("active", "")
    url = profiles.get("profiles", {}).get(active, {}).get("PREFECT_API_URL")
    return str(url) if url else None
