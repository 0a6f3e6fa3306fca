"""A candidate's texts: what some tool made of the benchmark's pages, each maybe several times."""

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
    """``texts``: (pdf, page) -> one text a repeat, as Markdown. ``seconds_per_page`` where it is known.

    ``damaged`` are texts whose files are not UTF-8, as (pdf, page) and the repeat's place: what could be read of them counts,
    but nothing in compat mode.
    """

    name: str
    texts: Mapping[PageKey, tuple[str, ...]] = field(default_factory=dict)
    seconds_per_page: float | None = None
    damaged: frozenset[tuple[PageKey, int]] = frozenset()

    def repeats(self, pdf: str, page: int, *, compat: bool = False) -> tuple[tuple[PageKey, int], ...]:
        """Where the texts of a page are: keys of ``texts`` and places there.

        ``compat`` finds files by ``_pg{page}_`` anywhere in their names, as the published scorer does: the one page of
        ``x_pg7.pdf`` is its page 7, too.
        """
        keys: list[PageKey] = [(pdf, page)]
        if compat:
            stem, wanted = PurePosixPath(pdf).stem, f"_pg{page}_"
            keys = [key for key in self.texts if key[0] == pdf and wanted in f"{stem}_pg{key[1]}_"]
        return tuple((key, place) for key in keys for place in range(len(self.texts.get(key, ()))))


def read_texts(folder: Path, pdfs: tuple[str, ...], name: str | None = None) -> CandidateTexts:
    """The texts of a folder of files ``{pdf stem}_pg{N}_repeat{R}.md``, in the subfolders of the PDFs.

    A file ``seconds_per_page.txt`` beside them holds one number. Raises UsageError where no file belongs to a PDF.
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
        raise UsageError(f"{folder} has no text of these PDFs; files are called like {pdfs[0][:-4]}_pg1_repeat1.md")
    texts = {key: tuple(repeats[repeat] for repeat in sorted(repeats)) for key, repeats in found.items()}
    damaged = frozenset((key, sorted(found[key]).index(repeat)) for key, repeat in broken)
    return CandidateTexts(name or folder.name, texts, _seconds(folder / "seconds_per_page.txt"), damaged)


def write_texts(folder: Path, candidate: CandidateTexts) -> None:
    """The reverse of `read_texts`; for other scorers, and for candidates to compare with later."""
    for (pdf, page), repeats in candidate.texts.items():
        stem = PurePosixPath(pdf).with_suffix("")
        for repeat, text in enumerate(repeats, start=1):
            path = folder / f"{stem}_pg{page}_repeat{repeat}.md"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", errors="replace")
    if candidate.seconds_per_page is not None:
        (folder / "seconds_per_page.txt").write_text(f"{candidate.seconds_per_page:.4f}\n", encoding="utf-8")


def _read(path: Path) -> tuple[str, bool]:
    """The text, and whether all of it could be read."""
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
        raise UsageError(f"{path} should hold one number, the seconds a page") from error
