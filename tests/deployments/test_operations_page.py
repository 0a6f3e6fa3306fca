"""The operators' page names every variable of a site, with its default, and every automation."""

from __future__ import annotations

from pathlib import Path

import pytest

from deployments import automations
from deployments.site import Site

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "operations.md").read_text("utf-8")
ROWS = [line for line in PAGE.splitlines() if line.startswith("| `SITE_")]


@pytest.mark.parametrize("name", list(Site.model_fields))
def test_every_variable_is_explained(name: str) -> None:
    rows = [row for row in ROWS if f"`SITE_{name.upper()}`" in row.split("|")[1]]
    assert len(rows) == 1
    default = Site.model_fields[name].default
    if isinstance(default, str | int) and not name.startswith("bench_"):
        said = str(default).lower() if isinstance(default, bool) else str(default)
        assert f"`{said}`" in rows[0].split("|")[2]


NAMES = (automations.FAILED, automations.LATE, automations.GPU_GONE, automations.CRASHED, automations.NOT_STARTED)


@pytest.mark.parametrize("name", NAMES)
def test_every_automation_is_explained(name: str) -> None:
    assert f"| `{name}` |" in PAGE
