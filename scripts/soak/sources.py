"""The sources of a soak: an inbox in a bucket and a local folder, in which documents come and go; each change is noted."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from scripts.soak.corpus import MOST_EDITION, Document, Item, make_item
from tests.integration.bucket import Bucket
from tests.integration.papers import Paper


@dataclass
class Journal:
    """What lay where: ``present`` by place now, ``shown`` by place ever. A place is a path or a URI."""

    present: dict[str, Item] = field(default_factory=dict)
    shown: dict[str, list[Item]] = field(default_factory=lambda: defaultdict(list))

    def put(self, place: str, item: Item) -> None:
        """Note that an item lies at a place now."""
        self.present[place] = item
        self.shown[place].append(item)

    def take(self, place: str) -> None:
        """Note that nothing lies at a place any more."""
        del self.present[place]

    def documents(self) -> dict[str, Document]:
        """The documents that lie somewhere now, by id."""
        return {found.doc_id: found for item in self.present.values() for found in item.documents}

    def places(self, doc_id: str) -> set[str]:
        """Where a document lies now; the place of an archive for its members."""
        return {place for place, item in self.present.items() if any(one.doc_id == doc_id for one in item.documents)}

    def may_stay(self) -> dict[str, Document]:
        """The documents that are nowhere now, but lay at a place that is empty: their text stays."""
        gone = [item for place, items in self.shown.items() if place not in self.present for item in items]
        return {one.doc_id: one for item in gone for one in item.documents}


@dataclass
class Sources:
    """The inbox ``inbox/`` of a bucket and the folder of on-demand runs; ``change`` makes one seeded change."""

    bucket: Bucket
    folder: Path
    chance: random.Random
    journal: Journal = field(default_factory=Journal)
    away: list[tuple[str, Item]] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=lambda: iter(range(120)))
    _editions: dict[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def inbox(self) -> str:
        """The source of the nights."""
        return self.bucket.uri("inbox")

    def add(self) -> bool:
        """Add a new item to one of the two; False when all numbers are used."""
        index = next(self._numbers, None)
        if index is None:
            return False
        item = make_item(index)
        self._put(item, local=index % 3 == 0)
        self._editions[item.name] = (index, 1)
        return True

    def change(self) -> str:
        """One change: something is added, replaced, copied, taken away or brought back. Says what."""
        order = [self._back, self._take, self._replace, self._copy, self.add]
        self.chance.shuffle(order)
        return next((step.__name__.strip("_") for step in order if step()), "nothing")

    def move_folder(self) -> None:
        """Take the whole folder of on-demand runs away, or bring it back."""
        hidden = self.folder.with_name("away")
        source, target = (hidden, self.folder) if hidden.exists() else (self.folder, hidden)
        source.rename(target)

    def come_home(self) -> None:
        """Bring the folder back."""
        if not self.folder.exists():
            self.move_folder()

    def _back(self) -> bool:
        if self.away:
            place, item = self.away.pop(self.chance.randrange(len(self.away)))
            if place not in self.journal.present:
                self._write(place, item)
                return True
        return False

    def _take(self) -> bool:
        place = self._any_place()
        item = self.journal.present[place]
        self.away.append((place, item))
        self.journal.take(place)
        if place.startswith("s3://"):
            self.bucket.delete("inbox", Paper(place.split("/inbox/")[1], b"", 0))
        else:
            self._local(place).unlink()
        return True

    def _replace(self) -> bool:
        place = self._any_place()
        name = self.journal.present[place].name
        index, edition = self._editions[name]
        # Archives count editions from both ends.
        if edition + 1 > MOST_EDITION // 2:
            return False
        self._editions[name] = (index, edition + 1)
        self._write(place, make_item(index, edition + 1))
        return True

    def _copy(self) -> bool:
        place = self._any_place()
        item = self.journal.present[place]
        target = f"{place.removesuffix(item.name)}copies/{item.name}" if place.endswith(item.name) else place
        if target in self.journal.present or "copies/" in place:
            return False
        self._write(target, item)
        return True

    def _any_place(self) -> str:
        return self.chance.choice(sorted(self.journal.present))

    def _put(self, item: Item, *, local: bool) -> None:
        self._write(f"{self.folder if local else self.inbox}/{item.name}", item)

    def _write(self, place: str, item: Item) -> None:
        self.journal.put(place, item)
        if place.startswith("s3://"):
            self.bucket.put("inbox", Paper(place.split("/inbox/")[1], item.data, 0))
            return
        path = self._local(place)
        path.parent.mkdir(parents=True, exist_ok=True)
        # As whoever delivers files should: a reader sees the old one or the new one.
        whole = self.folder.with_name("delivery")
        whole.write_bytes(item.data)
        whole.replace(path)

    def _local(self, place: str) -> Path:
        folder = self.folder if self.folder.exists() else self.folder.with_name("away")
        return folder / Path(place).relative_to(self.folder)
