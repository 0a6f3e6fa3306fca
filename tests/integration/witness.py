"""What the model server was asked and what it answered, in a file that outlives the server's own death."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Seen:
    """The file as it was at one moment. Pages are told by the sha256 of their images."""

    asked: Counter[str]
    done: Counter[str]
    texts: dict[str, str]

    @property
    def pages(self) -> set[str]:
        """Every page that was ever asked for."""
        return set(self.asked)

    @property
    def repeats(self) -> int:
        """Requests beyond the first one for a page."""
        return self.asked.total() - len(self.asked)


class Witness:
    """Reads what ``model_server`` wrote."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._from = 0

    def forget(self) -> None:
        """Count from here: a new act begins."""
        self._from = self.path.stat().st_size if self.path.exists() else 0

    def look(self) -> Seen:
        """Everything since the last ``forget``."""
        asked: Counter[str] = Counter()
        done: Counter[str] = Counter()
        texts: dict[str, str] = {}
        for line in self._lines():
            digest = line["page"]
            if line["event"] == "asked":
                asked[digest] += 1
            else:
                done[digest] += 1
                texts[digest] = line["text"]
        return Seen(asked, done, texts)

    def _lines(self) -> list[dict[str, str]]:
        if not self.path.exists():
            return []
        with self.path.open("rb") as stream:
            stream.seek(self._from)
            data = stream.read()
        # A line that is being written has no end yet.
        return [json.loads(line) for line in data.splitlines(keepends=True) if line.endswith(b"\n")]
