"""Scripted work on real files: what the world does to a file is waited for, what its bytes say is believed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from olmocr_core.domain.errors import DamagedImage, DocumentChanged, SourceAway, UnreadableDocument
from olmocr_core.domain.models import Document
from olmocr_core.domain.patience import Patience
from olmocr_core.sandbox.source_access import SourceAccess
from tests.core.pdf.making import document

Step = Exception | Callable[[], object] | str


@pytest.fixture
def of(tmp_path: Path) -> Document:
    return document(tmp_path / "a.pdf", b"%PDF-1.4 some bytes")


class Script:
    """Work that does one step a call: an exception is raised, a function is called and then SourceAway raised."""

    def __init__(self, *steps: Step) -> None:
        self.steps = list(steps)
        self.seen: list[Document] = []

    async def __call__(self, args: tuple[Any, ...]) -> str:
        self.seen.append(args[0])
        step = self.steps.pop(0)
        if isinstance(step, Exception):
            raise step
        if isinstance(step, str):
            return step
        step()
        raise SourceAway("gone")


class Waits(list[float]):
    async def __call__(self, seconds: float) -> None:
        self.append(seconds)


def access(seconds: float = 1.0, waits: Waits | None = None) -> SourceAccess:
    return SourceAccess(None, Patience(seconds), waits if waits is not None else Waits())


async def test_a_file_that_comes_back_is_waited_for(of: Document) -> None:
    waits = Waits()
    work = Script(SourceAway("gone"), SourceAway("gone"), "read")
    assert await access(waits=waits).run((of,), work) == "read"
    assert waits == [0.25, 0.5]


async def test_a_file_that_stays_away_is_given_up(of: Document) -> None:
    waits = Waits()
    with pytest.raises(SourceAway):
        await access(waits=waits).run((of,), Script(*[SourceAway("gone")] * 9))
    assert sum(waits) == 1


async def test_a_touched_file_is_read_with_its_new_time(of: Document) -> None:
    os.utime(of.location, ns=(1, 1))
    work = Script(DocumentChanged("changed"), "read", "read")
    source = access()
    assert await source.run((of,), work) == "read"
    assert [seen.mtime_ns for seen in work.seen] == [of.mtime_ns, 1]
    await source.run((of,), work)
    assert work.seen[-1].mtime_ns == 1, "the next page knows it"


async def test_a_file_with_other_bytes_has_changed(of: Document) -> None:
    Path(of.location).write_bytes(b"%PDF-1.4 other bytes")
    with pytest.raises(DocumentChanged):
        await access(0).run((of,), Script(DocumentChanged("changed")))


@pytest.mark.parametrize("verdict", [DamagedImage("broken"), UnreadableDocument("broken")])
async def test_a_verdict_counts_if_the_file_still_holds_the_documents_bytes(of: Document, verdict: Exception) -> None:
    with pytest.raises(type(verdict)):
        await access().run((of,), Script(verdict))


async def test_a_verdict_on_a_file_that_is_half_written_does_not_count(of: Document) -> None:
    whole = Path(of.location).read_bytes()
    Path(of.location).write_bytes(whole[:9])

    async def work(args: tuple[Any, ...]) -> str:
        if Path(of.location).read_bytes() != whole:
            raise UnreadableDocument("broken")
        return "read"

    class Completed(Waits):
        async def __call__(self, seconds: float) -> None:
            Path(of.location).write_bytes(whole)

    assert await access(waits=Completed()).run((of,), work) == "read"


async def test_a_verdict_on_a_file_that_is_gone_does_not_count(of: Document) -> None:
    Path(of.location).unlink()
    with pytest.raises(SourceAway):
        await access(0).run((of,), Script(UnreadableDocument("broken")))


async def test_work_without_a_document_is_done_once() -> None:
    with pytest.raises(SourceAway):
        await access().run(("no document",), Script(SourceAway("gone")))
