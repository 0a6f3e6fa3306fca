from __future__ import annotations

import logging
from pathlib import Path

import pytest

from olmocr_core.domain.models import PageRecord, Transcription
from olmocr_core.domain.recipe import Recipe, make_recipe
from olmocr_core.domain.settings import Ladder, Render, Settings
from olmocr_core.engines.scripted import ScriptedEngine
from olmocr_core.storage.pages import FilePageCache, read_page_records
from tests.core.fakes import DOC_ID

RECIPE = make_recipe(Settings(), ScriptedEngine().identity)


def record(number: int = 1, text: str = "some text", recipe: Recipe = RECIPE, doc_id: str = DOC_ID) -> PageRecord:
    return PageRecord(
        key=recipe.page_key(doc_id, number),
        doc_id=doc_id,
        page_number=number,
        status="ok",
        route="model",
        engine=recipe.engine.label,
        transcription=Transcription(text=text),
    )


def only_file(folder: Path) -> Path:
    (found,) = folder.rglob("*.json")
    return found


async def test_a_record_is_read_back_unchanged(tmp_path: Path) -> None:
    cache = FilePageCache(tmp_path, RECIPE)
    await cache.put(record(3, "naïve ﬁ 日本 \U0001f600 $x^2$\n<table>"))
    assert await cache.get(DOC_ID, 3) == record(3, "naïve ﬁ 日本 \U0001f600 $x^2$\n<table>")
    assert await cache.get(DOC_ID, 2) is None


async def test_the_last_write_wins_and_leaves_nothing_else_behind(tmp_path: Path) -> None:
    cache = FilePageCache(tmp_path, RECIPE)
    await cache.put(record(1, "first"))
    await cache.put(record(1, "second"))
    found = await cache.get(DOC_ID, 1)
    assert found is not None
    assert found.transcription.text == "second"
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [only_file(tmp_path)]


@pytest.mark.parametrize(
    "other",
    [
        make_recipe(Settings(), ScriptedEngine(name="another").identity),
        make_recipe(Settings(render=Render(longest_side=1024)), ScriptedEngine().identity),
        make_recipe(Settings(ladder=Ladder(max_attempts=2)), ScriptedEngine().identity),
        RECIPE.model_copy(update={"epoch": RECIPE.epoch + 1}),
    ],
    ids=["engine", "render", "attempts", "epoch"],
)
async def test_a_record_of_another_recipe_is_not_returned(tmp_path: Path, other: Recipe) -> None:
    await FilePageCache(tmp_path, RECIPE).put(record())
    cache = FilePageCache(tmp_path, other)
    assert await cache.get(DOC_ID, 1) is None
    assert await cache.finished(DOC_ID) == frozenset()


async def test_records_are_found_by_the_digest_of_their_recipe(tmp_path: Path) -> None:
    await FilePageCache(tmp_path, RECIPE).put(record(1))
    await FilePageCache(tmp_path, RECIPE).put(record(3))
    assert list(read_page_records(tmp_path, DOC_ID, RECIPE.digest, [1, 2, 3])) == [record(1), record(3)]
    assert list(read_page_records(tmp_path, DOC_ID, "0" * 64, [1])) == []
    only = next(iter(tmp_path.rglob("000003.json")))
    only.write_text("{}")
    assert list(read_page_records(tmp_path, DOC_ID, RECIPE.digest, [1, 3])) == [record(1)]


async def test_equal_recipes_share_records(tmp_path: Path) -> None:
    await FilePageCache(tmp_path, RECIPE).put(record())
    again = make_recipe(Settings(), ScriptedEngine(concurrency=99).identity)
    assert await FilePageCache(tmp_path, again).get(DOC_ID, 1) == record()


async def test_a_record_with_another_key_in_this_recipes_folder_is_not_returned(tmp_path: Path) -> None:
    cache = FilePageCache(tmp_path, RECIPE)
    await cache.put(record())
    await cache.put(record(2))
    first = only_file_of(tmp_path, 1)
    first.write_bytes(only_file_of(tmp_path, 2).read_bytes())
    assert await cache.get(DOC_ID, 1) is None


def only_file_of(folder: Path, number: int) -> Path:
    (found,) = folder.rglob(f"{number:06d}.json")
    return found


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[: len(data) // 2],
        lambda data: data[:-1],
        lambda data: b"\x00" * len(data),
        lambda data: b"\xff\xfe" + data,
        lambda data: b'{"not": "a record"}',
        lambda data: data.replace(b'"ok"', b'"splendid"'),
    ],
    ids=["empty", "half", "no end", "zeros", "no text", "other JSON", "unknown status"],
)
async def test_a_damaged_record_counts_as_absent_and_is_replaced(
    tmp_path: Path, damage: object, caplog: pytest.LogCaptureFixture
) -> None:
    cache = FilePageCache(tmp_path, RECIPE)
    await cache.put(record())
    path = only_file(tmp_path)
    assert callable(damage)
    path.write_bytes(damage(path.read_bytes()))
    with caplog.at_level(logging.WARNING):
        assert await cache.get(DOC_ID, 1) is None
    assert str(path) in caplog.text
    await cache.put(record())
    assert await cache.get(DOC_ID, 1) == record()


async def test_finished_lists_the_pages_of_one_document(tmp_path: Path) -> None:
    cache = FilePageCache(tmp_path, RECIPE)
    for number in (1, 2, 17, 1_000_000):
        await cache.put(record(number))
    await cache.put(record(5, doc_id="e" * 64))
    assert await cache.finished(DOC_ID) == {1, 2, 17, 1_000_000}
    assert await cache.finished("f" * 64) == frozenset()


async def test_finished_ignores_partial_and_foreign_files(tmp_path: Path) -> None:
    cache = FilePageCache(tmp_path, RECIPE)
    await cache.put(record(1))
    folder = only_file(tmp_path).parent
    for name in ("000002.json.x7.tmp", ".000003.json", "notes.json", "000004.txt", "²².json"):
        (folder / name).write_bytes(b"{")
    assert await cache.finished(DOC_ID) == {1}


async def test_a_blank_page_is_looked_at_again_by_other_code(tmp_path: Path) -> None:
    blank = record(2, "").model_copy(update={"status": "blank", "route": "blank"})
    today, tomorrow = (FilePageCache(tmp_path, RECIPE, code) for code in ("today", "tomorrow"))
    for each in (record(1), blank):
        await today.put(each)
    assert await today.finished(DOC_ID) == {1, 2}
    assert await tomorrow.finished(DOC_ID) == {1}
    assert [await tomorrow.get(DOC_ID, number) for number in (1, 2)] == [record(1), None]
    # Assembly takes what the run has read, also on a machine with another release.
    assert tomorrow.read(DOC_ID, 2) == await today.get(DOC_ID, 2) == blank.model_copy(update={"drawing_code": "today"})


async def test_blank_pages_of_releases_that_kept_no_code_are_looked_at_again(tmp_path: Path) -> None:
    await FilePageCache(tmp_path, RECIPE).put(record(1, "").model_copy(update={"status": "blank", "engine": "e" * 200}))
    assert await FilePageCache(tmp_path, RECIPE, "today").finished(DOC_ID) == frozenset()
