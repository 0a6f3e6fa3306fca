from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from olmocr_core.domain.models import DocumentInfo
from olmocr_core.domain.recipe import make_recipe
from olmocr_core.domain.settings import Render, Settings
from olmocr_core.engines.scripted import ScriptedEngine
from olmocr_core.reading.slices import PlannedDocument, SliceRef, make_slice_ref, plan_slices
from olmocr_core.stages.begin_run import RunRef
from tasks import pages
from tasks.pages import slice_cache_key, slices_at_once
from tests.core.fakes import document

RECIPE = make_recipe(Settings(), ScriptedEngine().identity)


def piece(recipe: Any = RECIPE, first: int = 1, index: int = 0, cached: bool = False) -> SliceRef:
    finished = frozenset(range(1, 9)) if cached else frozenset(range(1, first))
    (found, *_) = plan_slices(
        [PlannedDocument(document(), DocumentInfo(pages=8), finished)], 4, recipe, show_cached=cached
    )
    return make_slice_ref(found).model_copy(update={"index": index})


def key(ref: RunRef, which: SliceRef) -> str:
    return slice_cache_key(None, {"ref": ref, "piece": which})  # type: ignore[arg-type]


REF = RunRef(workspace="/data/ws", run="r1")


def test_the_key_hangs_on_pages_recipe_and_workspace() -> None:
    other_recipe = make_recipe(Settings(render=Render(longest_side=640)), ScriptedEngine().identity)
    keys = {
        key(REF, piece()),
        key(REF, piece(first=2)),
        key(REF, piece(other_recipe)),
        key(RunRef(workspace="/data/other", run="r1"), piece()),
    }
    assert len(keys) == 4


def test_the_key_hangs_on_nothing_else() -> None:
    """Neither run nor place in the plan nor whether it is cached: otherwise no later run would ever hit."""
    assert key(REF, piece()) == key(RunRef(workspace="/data/ws", run="r2"), piece(index=17))
    assert key(REF, piece()) == key(REF, piece(cached=True))


def test_workspaces_are_never_mixed_up() -> None:
    assert key(RunRef(workspace="/a/b_c", run="r"), piece()) != key(RunRef(workspace="/a_b/c", run="r"), piece())


def test_the_key_can_name_a_file_however_deep_the_workspace(tmp_path: Path) -> None:
    deep = RunRef(
        workspace="/" + "/".join(["a folder with a long name, ünïcödé and \udcff"] * 20).replace("\udcff", "?"), run="r"
    )
    name = key(deep, piece())
    assert len(os.fsencode(name)) < 128
    (tmp_path / name).write_text("x")


@pytest.mark.parametrize(
    ("concurrency", "pages", "expected"),
    [(2, [1, 1, 1], 4), (16, [16, 16, 3], 3), (16, [20], 3), (40, [16], 5), (2, [], 4)],
)
def test_slices_in_hand_keep_the_engine_fed_and_memory_bounded(
    concurrency: int, pages: list[int], expected: int
) -> None:
    runtime: Any = SimpleNamespace(engine=ScriptedEngine(concurrency=concurrency))
    slices = tuple(SliceRef(index=i, key="k", label="l", cached=False, pages=count) for i, count in enumerate(pages))
    assert slices_at_once(runtime, slices) == expected


@pytest.mark.parametrize(("cached", "drawn", "draws"), [(False, False, 1), (False, True, 0), (True, False, 0)])
async def test_what_was_drawn_ahead_costs_no_task_run_more(
    monkeypatch: pytest.MonkeyPatch, cached: bool, drawn: bool, draws: int
) -> None:
    drawing: list[SliceRef] = []

    async def render(ref: RunRef, which: SliceRef) -> None:
        drawing.append(which)

    async def transcribe(ref: RunRef, which: SliceRef) -> str:
        return which.label

    monkeypatch.setattr(pages, "render", render)
    monkeypatch.setattr(pages, "transcribe", SimpleNamespace(with_options=lambda **_: transcribe))
    monkeypatch.setattr(pages, "current_runtime", lambda: SimpleNamespace(engine=ScriptedEngine()))
    which = piece(cached=cached)
    assert await pages.read_slice(REF, which, drawn=drawn) == which.label
    assert drawing == [which] * draws


@pytest.mark.parametrize("device", ["cpu", "gpu"])
async def test_tasks_that_read_carry_the_device_of_the_engine_as_a_tag(
    monkeypatch: pytest.MonkeyPatch, device: str
) -> None:
    asked: list[list[str]] = []

    async def transcribe(ref: RunRef, which: SliceRef) -> str:
        return which.label

    def with_options(*, tags: list[str], refresh_cache: bool) -> Any:
        asked.append(tags)
        return transcribe

    monkeypatch.setattr(pages, "transcribe", SimpleNamespace(with_options=with_options))
    monkeypatch.setattr(pages, "current_runtime", lambda: SimpleNamespace(engine=SimpleNamespace(device=device)))
    await pages.read_slice(REF, piece(cached=True))
    assert asked == [[device]]
