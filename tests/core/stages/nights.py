"""A night without an orchestrator: the stages called one after the other, as the flow does."""

from __future__ import annotations

import gzip
import io
import json
import os
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from olmocr_core.domain.ports import Engine
from olmocr_core.ledger.diff import Again
from olmocr_core.ledger.file import open_ledger
from olmocr_core.ledger.rows import Row
from olmocr_core.ledger.sources_state import LEDGER_FOLDER
from olmocr_core.publish.manifest import read_manifest, verify
from olmocr_core.stages import documents, output, pages
from olmocr_core.stages.compare_sources import ComparePolicy, SourcesFound, compare_sources
from olmocr_core.storage.paths import AnyPath
from olmocr_core.wiring import Runtime, open_workspace
from tests.core.stages.walking import opened


async def night(
    sources: Sequence[object],
    workspace: object,
    run: str,
    *overrides: Mapping[str, Any],
    engine: Engine | None = None,
    again: Again = "none",
    replace: bool = False,
    strict: bool = False,
) -> SourcesFound:
    """All stages of a night in order; a night with nothing to read goes straight to its end."""
    async with opened(sources, workspace, *overrides, engine=engine, run=run) as (ref, runtime):  # type: ignore[arg-type]
        tonight = await compare_sources(ref, runtime, ComparePolicy(again=again, replace=replace, strict=strict))
        if not tonight.is_idle:
            await read(ref, runtime, tonight)
        await output.publish(ref, runtime)
        if not tonight.is_idle:
            await output.report(ref, runtime, runtime.progress.from_cache)
    return tonight


async def read(ref: Any, runtime: Runtime, tonight: SourcesFound) -> None:
    """From what was found to judged documents."""
    for batch in tonight.batches:
        await documents.inspect_batch(ref, runtime, batch)
    plan = await documents.make_plan(ref, runtime)
    for piece in plan.slices:
        await pages.read_pages(ref, runtime, piece.index)
    for batch in tonight.batches:
        await output.assemble_batch(ref, runtime, batch)
    await output.judge(ref)


def ledger(workspace: object) -> dict[str, Row]:
    """The rows of a workspace's ledger by source."""
    with open_ledger(open_workspace(str(workspace)).root / LEDGER_FOLDER) as found:
        return {row.source: row for row in found.rows()}


def texts(workspace: object) -> dict[str, str]:
    """The texts of the published dataset by the name of their first source; the dataset is whole."""
    dataset = open_workspace(str(workspace)).dataset
    assert verify(dataset) == []
    lines = [
        json.loads(line) for data in files(dataset, "dolma/").values() for line in gzip.decompress(data).splitlines()
    ]
    return {line["metadata"]["Source-File"].rpartition("/")[2]: line["text"] for line in lines}


def files(dataset: AnyPath, folder: str) -> dict[str, bytes]:
    """Files that the manifest names, by path."""
    manifest = read_manifest(dataset)
    assert manifest is not None
    return {file.path: (dataset / file.path).read_bytes() for file in manifest.files if file.path.startswith(folder)}


def counts(workspace: object) -> dict[str, int]:
    """The manifest's counts that are not zero."""
    manifest = read_manifest(open_workspace(str(workspace)).dataset)
    assert manifest is not None
    return {name: count for name, count in manifest.counts.model_dump().items() if count}


def write(path: Path, samples: Path, mark: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes((samples / "code_and_formula.pdf").read_bytes() + f"\n% {mark}\n".encode())


def make_unreadable(paths: list[Path]) -> None:
    """Put other bytes in place under the same size and time: whoever opened one of them would see another document."""
    for path in paths:
        found = path.stat()
        path.write_bytes(b"x" * found.st_size)
        os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns))


def pack(path: Path, members: dict[str, str], samples: Path) -> None:
    """A tar archive of documents."""
    data = (samples / "code_and_formula.pdf").read_bytes()
    with tarfile.open(path, "w") as archive:
        for name, mark in members.items():
            content = data + f"\n% {mark}\n".encode()
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))


MANY = 50
