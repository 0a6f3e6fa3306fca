"""The texts that a candidate read from the benchmark's pages, possibly several repeats of each."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from olmocr_core.domain.errors import UsageError

_NAME = re.compile(r"(?P<stem>.+)_pg(?P<page>\d+)_repeat(?P<repeat>\d+)\.md")
PageKey = tuple[str, int]


@dataclass(frozen=True, slots=True)
class CandidateTexts:
    """``texts``: (pdf, page) -> one Markdown text for each repeat. ``seconds_per_page`` if it is known.

    ``damaged`` are texts whose files are not UTF-8, as (pdf, page) and repeat index: their readable part counts, but in
    compat mode they fail.
    """

    name: str
    texts: Mapping[PageKey, tuple[str, ...]] = field(default_factory=dict)
    seconds_per_page: float | None = None
    damaged: frozenset[tuple[PageKey, int]] = frozenset()

    def find_repeats(self, pdf: str, page: int, *, compat: bool = False) -> tuple[tuple[PageKey, int], ...]:
        """Find the texts of a page: keys of ``texts`` and repeat indices.

        ``compat`` matches ``_pg{page}_`` anywhere in file names, like the published scorer: the only page of ``x_pg7.pdf``
        is also its page 7.
        """
        keys: list[PageKey] = [(pdf, page)]
        if compat:
            stem, wanted = PurePosixPath(pdf).stem, f"_pg{page}_"
            keys = [key for key in self.texts if key[0] == pdf and wanted in f"{stem}_pg{key[1]}_"]
        return tuple((key, place) for key in keys for place in range(len(self.texts.get(key, ()))))


def read_texts(folder: Path, pdfs: tuple[str, ...], name: str | None = None) -> CandidateTexts:
    """Read a folder of files ``{pdf stem}_pg{N}_repeat{R}.md``, with the same subfolders as the PDFs.

    A file ``seconds_per_page.txt`` may contain that number. Raises UsageError if no file belongs to a PDF.
    """
    by_stem = {str(PurePosixPath(pdf).with_suffix("")): pdf for pdf in pdfs}
    found: defaultdict[PageKey, dict[int, str]] = defaultdict(dict)
    broken: set[tuple[PageKey, int]] = set()
    for path in sorted(folder.rglob("*.md")):
        match = _NAME.fullmatch(path.relative_to(folder).as_posix())
        if match and (pdf := by_stem.get(match["stem"])):
            key, repeat = (pdf, int(match["page"])), int(match["repeat"])
            found[key][repeat], whole = _read(path)
            if not whole:
                broken.add((key, repeat))
    if not found:
        raise UsageError(f"{folder} has no text of these PDFs; files must be named like {pdfs[0][:-4]}_pg1_repeat1.md")
    texts = {key: tuple(repeats[repeat] for repeat in sorted(repeats)) for key, repeats in found.items()}
    damaged = frozenset((key, sorted(found[key]).index(repeat)) for key, repeat in broken)
    return CandidateTexts(name or folder.name, texts, _seconds(folder / "seconds_per_page.txt"), damaged)


def write_texts(folder: Path, candidate: CandidateTexts) -> None:
    """Write texts so that `read_texts` and other scorers can read them."""
    for (pdf, page), repeats in candidate.texts.items():
        stem = PurePosixPath(pdf).with_suffix("")
        for repeat, text in enumerate(repeats, start=1):
            path = folder / f"{stem}_pg{page}_repeat{repeat}.md"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", errors="replace")
    if candidate.seconds_per_page is not None:
        (folder / "seconds_per_page.txt").write_text(f"{candidate.seconds_per_page:.4f}\n", encoding="utf-8")


def _read(path: Path) -> tuple[str, bool]:
    """Return the text, and whether it is valid UTF-8."""
    try:
        return path.read_text(encoding="utf-8"), True
    except UnicodeDecodeError:
        return path.read_text(encoding="utf-8", errors="replace"), False


def _seconds(path: Path) -> float | None:
    if not path.exists():
        return None
    try:
        return float(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UsageError(f"{path} must contain one number, the seconds per page") from error
