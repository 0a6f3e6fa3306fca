"""What the sources of a soak hold is what its journal says, through all changes."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any, cast

import pytest

from scripts.soak.sources import Sources
from tests.integration.bucket import Bucket
from tests.integration.papers import Paper


class Shelf:
    """A bucket in memory."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def uri(self, key: str) -> str:
        return f"s3://shelf/{key}"

    def put(self, prefix: str, paper: Paper) -> None:
        self.objects[self.uri(f"{prefix}/{paper.name}")] = paper.data

    def delete(self, prefix: str, paper: Paper) -> None:
        del self.objects[self.uri(f"{prefix}/{paper.name}")]


def make(folder: Path, seed: int) -> tuple[Sources, Shelf]:
    (folder / "in").mkdir(parents=True)
    shelf = Shelf()
    found = Sources(cast(Bucket, cast(Any, shelf)), folder / "in", random.Random(seed))
    for _ in range(12):
        assert found.add()
    return found, shelf


def held(sources: Sources, shelf: Shelf) -> dict[str, bytes]:
    """What lies in both, by place."""
    folder = sources.folder
    local = {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return shelf.objects | local


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_journal_is_true_after_every_change(tmp_path: Path, seed: int) -> None:
    sources, shelf = make(tmp_path, seed)
    kinds = set()
    for number in range(150):
        if number % 20 == 10:
            sources.move_folder()
        kinds.add(sources.change())
    sources.come_home()
    assert kinds >= {"add", "take", "back", "replace", "copy"}
    assert held(sources, shelf) == {place: item.data for place, item in sources.journal.present.items()}


def test_the_same_seed_makes_the_same_changes(tmp_path: Path) -> None:
    first, second = (make(tmp_path / name, 7)[0] for name in ("a", "b"))
    assert [first.change() for _ in range(40)] == [second.change() for _ in range(40)]


def test_what_is_taken_away_may_stay_in_the_dataset_and_what_is_replaced_may_not(tmp_path: Path) -> None:
    sources, _ = make(tmp_path, 1)
    journal = sources.journal
    taken, replaced = [place for place, item in journal.present.items() if item.documents][:2]
    gone, old = (journal.present[place].documents[0] for place in (taken, replaced))
    journal.take(taken)
    journal.put(replaced, next(item for place, item in journal.present.items() if place != replaced))
    assert gone.doc_id in journal.may_stay()
    assert old.doc_id not in journal.may_stay()
    assert journal.places(gone.doc_id) == set()
    assert gone.doc_id not in journal.documents()
