"""Whole runs that are recorded, exported and replayed, against a model server over a socket."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from olmocr_core.domain.errors import UsageError
from olmocr_core.domain.load_settings import load_settings
from olmocr_core.recordings.export import export_recording
from olmocr_core.recordings.format import HEADER, Recording
from olmocr_core.wiring import check_engine, open_workspace, resolve_engine_name
from tests.core.recordings.making import files, replay
from tests.core.stages.walking import Walk, walk
from tests.simulator import Simulator, seeded

REPO = Path(__file__).resolve().parents[3]
BAD = {"malformed": 1.0, "missing": 1.0, "length": 1.0, "loop": 1.0, "rotation": 2.0}


def by_server(url: str, **more: Any) -> dict[str, Any]:
    return {"engine": "server", "server": url, "inference": {"profile": "generic"}, **more}


def texts(done: Walk) -> dict[str, str]:
    _, folder = done.ref.open()
    return {record.doc_id: record.text for record in folder.with_texts(folder.judged())}


async def test_a_run_is_recorded_and_replayed_without_its_server(documents: list[Path], tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    async with Simulator(seeded(4, 0.6, BAD)) as server:
        chosen = by_server(server.url, recording={"record_to": str(kept)}, ladder={"max_attempts": 5})
        first = await walk(documents, tmp_path / "ws", chosen)
        assert server.stats.faults, "the ladder was climbed"
        port = server.url.partition("//")[2]
    names = set(files(kept))
    assert HEADER in names
    assert len(names) == 4, "a blank document has no answers"
    assert not [name for name, data in files(kept).items() if port.encode() in data or str(tmp_path).encode() in data]

    again = await walk(documents, tmp_path / "fresh", replay(kept))
    assert texts(again) == texts(first)
    assert again.counts.pages == first.counts.pages
    third = await walk(documents, tmp_path / "fresh", replay(kept), run="third")
    assert third.plan.from_cache == third.plan.pages


async def test_cached_pages_are_recorded_and_the_export_is_the_same(documents: list[Path], tmp_path: Path) -> None:
    workspace = tmp_path / "ws"
    async with Simulator(seeded(2, 0.5, BAD)) as server:
        await walk(documents, workspace, by_server(server.url))
        requests = server.stats.requests
        switched = by_server(server.url, recording={"record_to": str(tmp_path / "kept")})
        await walk(documents, workspace, switched, run="second", again="all")
        assert server.stats.requests == requests
    told = export_recording(open_workspace(workspace), tmp_path / "exported")
    assert files(tmp_path / "exported") == files(tmp_path / "kept")
    assert (told.run, told.documents, told.pages, told.missing) == ("second", 4, 5, 0)
    assert told.engine == "server:olmocr"
    assert told.answers == sum(data.count(b"\n") for name, data in files(tmp_path / "kept").items() if name != HEADER)
    assert export_recording(open_workspace(workspace), tmp_path / "named", "r") == told.model_copy(update={"run": "r"})


async def test_pages_of_a_changed_recording_are_read_again(documents: list[Path], tmp_path: Path) -> None:
    kept, paper = tmp_path / "kept", documents[:1]
    async with Simulator() as server:
        await walk(paper, tmp_path / "ws", by_server(server.url, recording={"record_to": str(kept)}))
    first = await walk(paper, tmp_path / "out", replay(kept), run="first")
    (answers,) = kept.rglob("*.jsonl")
    answers.write_text(answers.read_text().replace("Page ", "Sheet "))
    second = await walk(paper, tmp_path / "out", replay(kept), run="second")
    assert second.plan.from_cache == 0
    assert {key: text.replace("Page ", "Sheet ") for key, text in texts(first).items()} == texts(second)


async def test_the_cpu_engines_answers_are_recorded_with_their_margins(documents: list[Path], tmp_path: Path) -> None:
    chosen = {"engine": "cpu", "recording": {"record_to": str(tmp_path / "kept")}}
    first = await walk(documents[:1], tmp_path / "ws", chosen)
    again = await walk(documents[:1], tmp_path / "fresh", replay(tmp_path / "kept"))
    assert texts(again) == texts(first)
    assert again.counts.pages.text_layer == first.counts.pages.text_layer == 2


def test_an_unusable_recording_is_refused_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--recording DIR"):
        check_engine(load_settings({"engine": "replay"}, environ={}))
    with pytest.raises(UsageError, match=r"recording\.json"):
        check_engine(load_settings(replay(tmp_path), environ={}))
    assert resolve_engine_name(load_settings({"recording": {"replay_from": "x"}}, environ={})) == "replay"


async def test_a_recording_names_model_prompt_and_ladder(documents: list[Path], tmp_path: Path) -> None:
    async with Simulator() as server:
        await walk(
            documents[:1], tmp_path / "ws", by_server(server.url, recording={"record_to": str(tmp_path / "kept")})
        )
    header = Recording(tmp_path / "kept").header
    assert (header.engine.model, header.engine.prompt_id, header.max_attempts) == ("olmocr", "flows-1", 8)
    assert json.loads((tmp_path / "kept" / HEADER).read_text())["version"] == 1
