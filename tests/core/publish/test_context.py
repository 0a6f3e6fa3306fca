from __future__ import annotations

from pathlib import Path

import pytest

from olmocr_core.domain.errors import RunError
from olmocr_core.publish.context import PublishContext, added_date


def test_the_dataset_lies_in_the_workspace(tmp_path: Path) -> None:
    assert PublishContext(workspace=tmp_path, run="r", created="2026-11-22").dataset == tmp_path / "dataset"


@pytest.mark.parametrize("created", ["2026-11-22T21:30:45+00:00", "2026-11-22T01:00:00.000+00:00", "2026-11-22"])
def test_a_run_is_dated_by_its_day(created: str) -> None:
    assert added_date(created) == "2026-11-22"


@pytest.mark.parametrize("created", ["", "yesterday", "2026-13-01"])
def test_a_run_without_a_date_is_refused(created: str) -> None:
    with pytest.raises(RunError, match="no ISO date-time"):
        added_date(created)
