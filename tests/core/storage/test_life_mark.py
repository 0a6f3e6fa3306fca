"""Proof that a process has ended: given by the kernel, or not at all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from olmocr_core.storage.life_mark import PREFIX, LifeMark, is_proved_dead, show_life
from olmocr_core.storage.temporary_files import temporary_path


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for temporary files of its own."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def through_json(mark: LifeMark) -> Any:
    return json.loads(json.dumps({"life": mark}))["life"]


@pytest.fixture
def left() -> LifeMark:
    """The mark of a process that has ended without removing it."""
    with show_life() as mark:
        other = temporary_path(PREFIX + "left")
        other.mkdir()
        found = other.stat()
        return mark._replace(folder=other.name, device=found.st_dev, inode=found.st_ino)


def test_a_live_process_is_not_dead(folder: Path) -> None:
    with show_life() as mark:
        assert mark.kernel
        assert not is_proved_dead(through_json(mark))
    assert list(folder.iterdir()) == []


def test_a_mark_that_the_kernel_has_unlocked_proves_the_end(left: LifeMark) -> None:
    assert is_proved_dead(through_json(left))


@pytest.mark.parametrize(
    "change",
    [
        {"kernel": "another"},
        {"kernel": ""},
        {"folder": f"{PREFIX}gone"},
        {"folder": f"../{PREFIX}left"},
        {"inode": 1},
        {"device": 1},
    ],
)
def test_in_doubt_nothing_is_proved(left: LifeMark, change: dict[str, Any]) -> None:
    assert not is_proved_dead(through_json(left._replace(**change)))


@pytest.mark.parametrize("junk", [None, [], {}, "text", ["a", "b", "c", "d"], [1, 2, 3, 4]])
def test_anything_else_proves_nothing(junk: object) -> None:
    assert not is_proved_dead(junk)


def test_a_folder_of_another_name_is_not_looked_at(left: LifeMark, folder: Path) -> None:
    other = folder / "other"
    other.mkdir()
    found = other.stat()
    mark = left._replace(folder="other", device=found.st_dev, inode=found.st_ino)
    assert not is_proved_dead(through_json(mark))
