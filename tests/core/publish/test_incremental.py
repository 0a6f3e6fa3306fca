"""Only the parts that a run touches are rewritten; the rest of the dataset keeps its files."""

from __future__ import annotations

from pathlib import Path

import pytest

from olmocr_core.domain.errors import RunError
from olmocr_core.domain.models import PageSpan
from olmocr_core.domain.settings import Publish
from olmocr_core.publish import verify
from tests.core.publish.records import context, one_of_each, publish, record, snapshot
from tests.core.publish.world import World, doc_id


def test_the_next_original_is_found_in_a_part_that_has_no_other_change(tmp_path: Path) -> None:
    world = World(tmp_path, per_file=2)
    world.night({"/in/1": "a1", "/in/2": "b1", "/in/3": "a2", "/in/4": "c1"})
    assert world.parts() == [2, 2]
    assert doc_id("a2") not in {line["id"] for line in world.dolma()}
    world.night({"/in/1": "d1", "/in/2": "b1", "/in/3": "a2", "/in/4": "c1"})
    assert {line["id"] for line in world.dolma()} == {doc_id(content) for content in ("d1", "b1", "a2", "c1")}
    assert world.rows()["/in/3"].outcome == "kept"
    assert verify(world.dataset) == []


def test_documents_stand_in_the_order_of_their_uris(tmp_path: Path) -> None:
    world = World(tmp_path, per_file=10)
    world.night({"/in/2": "b1", "/in/sub/3": "c1"})
    world.night({"/in/1": "a1", "/in/2": "d1", "/in/sub/3": "c1", "/old/4": "e1"}, ("/in", "/old"))
    assert [line["metadata"]["sources"] for line in world.dolma()] == [["/in/1"], ["/in/2"], ["/in/sub/3"], ["/old/4"]]


def test_other_formats_are_made_of_the_records(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.night({"/in/1": "a1", "/in/2": "b1"})
    world.settings = Publish(formats=("markdown",))
    world.night({"/in/1": "a1", "/in/2": "b1"})
    assert {path.partition("/")[0] for path in world.files()} == {"markdown"}
    assert len(world.files()) == 2


def test_another_run_of_the_same_day_changes_the_manifest_only(tmp_path):
    publish(one_of_each(), context(tmp_path), Publish())
    before = snapshot(tmp_path / "dataset")
    publish(one_of_each(), context(tmp_path, run="run-2", created="2026-11-22T23:00:00+00:00"), Publish())
    after = snapshot(tmp_path / "dataset")
    assert {path for path in before if before[path] != after.get(path)} == {"manifest.json"}


def test_what_is_no_longer_part_of_the_dataset_goes_and_only_that(tmp_path):
    publish([record("sub/a.pdf", "a"), record("b.pdf", "b")], context(tmp_path), Publish())
    dataset = tmp_path / "dataset"
    (dataset / "markdown" / "mine.md").write_text("a person's own note")
    (tmp_path / "elsewhere.txt").write_text("not ours")
    publish([record("b.pdf", "b, better")], context(tmp_path), Publish(formats=("markdown",)))
    files = {path.relative_to(dataset).as_posix() for path in dataset.rglob("*") if path.is_file()}
    assert files == {".lock", "manifest.json", "markdown/b.md", "markdown/mine.md"}
    assert (tmp_path / "elsewhere.txt").read_text() == "not ours"
    assert not (dataset / "markdown" / "sub").exists()
    assert not (dataset / "parquet").exists()
    assert (dataset / "markdown" / "b.md").read_text() == "b, better"


def test_a_link_in_the_dataset_does_not_lead_out(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "dataset").mkdir()
    (tmp_path / "dataset" / "markdown").symlink_to(tmp_path / "out")
    with pytest.raises(RunError, match="symbolic link"):
        publish([record("a.pdf", "a")], context(tmp_path), Publish())
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize(
    ("records", "message"),
    [
        ([record("a.pdf", "a"), record("a.pdf", "a")], "/data/a.pdf has two records"),
        ([record("a.pdf", "abc", spans=())], "page spans of /data/a.pdf"),
        ([record("a.pdf", "abc", spans=(PageSpan(start=0, end=4, page_number=1),))], "page spans"),
        ([record("a.pdf", "abc", spans=(PageSpan(start=1, end=3, page_number=1),))], "page spans"),
    ],
)
def test_what_does_not_add_up_is_not_published(tmp_path, records, message):
    publish([record("old.pdf", "old")], context(tmp_path), Publish())
    before = snapshot(tmp_path / "dataset")
    with pytest.raises(RunError, match=message):
        publish(records, context(tmp_path), Publish())
    assert snapshot(tmp_path / "dataset") == before


def uris(world: World) -> list[str]:
    return [line["metadata"]["sources"][0] for line in world.dolma()]


def test_numbers_go_on_while_a_part_is_kept_and_start_again_when_none_is(tmp_path: Path) -> None:
    def numbers(world: World) -> list[str]:
        return [path.partition("-")[2][:5] for path in world.files("dolma/")]

    world = World(tmp_path, per_file=2)
    world.night({"/in/1": "a1", "/in/2": "b1", "/in/3": "c1"})
    assert numbers(world) == ["00000", "00001"]
    world.night({"/in/1": "a1", "/in/2": "b1", "/in/3": "d1"})
    assert numbers(world) == ["00000", "00002"], "a name is not used twice"
    world.night({"/old/4": "e1"}, ("/old",), replace=True)
    assert numbers(world) == ["00000"]


def test_a_part_that_is_less_than_half_full_takes_new_documents(tmp_path: Path) -> None:
    world = World(tmp_path, per_file=4)
    world.night({"/in/2": "a1"})
    world.night({"/in/2": "a1", "/in/1": "b1", "/in/3": "c1"})
    assert world.parts() == [3]
    assert uris(world) == ["/in/1", "/in/2", "/in/3"]
    world.night({"/in/2": "a1", "/in/1": "b1", "/in/3": "c1", "/in/0": "d1"})
    assert world.parts() == [3, 1], "a part that is fuller stays"
    assert uris(world) == ["/in/1", "/in/2", "/in/3", "/in/0"]


def test_many_parts_are_rewritten_one_after_the_other(tmp_path: Path) -> None:
    contents = {f"/in/{number:02d}": f"{chr(ord('A') + number)}1" for number in range(40)}
    world = World(tmp_path, per_file=1)
    world.night(contents)
    assert world.parts() == [1] * 40
    world.settings = Publish(documents_per_file=100, compression="zstd", formats=("parquet",))
    world.night(contents)
    assert world.read == []
    assert world.parts() == [40]
    assert verify(world.dataset) == []
    assert {row.part for row in world.rows().values()} == {0}


def test_a_document_stands_at_the_uri_that_it_was_moved_to(tmp_path: Path) -> None:
    world = World(tmp_path, per_file=10)
    world.night({"/in/1": "a1", "/in/2": "b1", "/in/3": "c1"})
    world.night({"/in/9": "a1", "/in/2": "b1", "/in/3": "c1"})
    assert uris(world) == ["/in/2", "/in/3", "/in/9"]
    world.night({"/in/9": "a1", "/in/2": "b1", "/in/3": "c1", "/in/4": "d1"})
    assert uris(world) == ["/in/2", "/in/3", "/in/4", "/in/9"]


def test_a_whole_folder_that_was_moved_keeps_the_order_of_uris(tmp_path: Path) -> None:
    world = World(tmp_path, per_file=10)
    letters = [chr(ord("A") + number) for number in range(25)]
    world.night({f"/in/{letter}": f"{letter}1" for letter in letters})
    world.night({f"/in/{99 - number}": f"{letter}1" for number, letter in enumerate(letters)})
    assert world.parts() == [10, 10, 5]
    assert uris(world) == [f"/in/{number}" for number in range(75, 100)]
    assert verify(world.dataset) == []


def test_a_document_that_was_read_from_a_second_source_stands_at_its_first(tmp_path: Path) -> None:
    world = World(tmp_path, per_file=10)
    contents = {"/in/0": "a1", "/in/5": "b1", "/in/6": "c1"}
    world.night({"/z/1": "a1"}, ("/z",))
    world.night(contents)
    world.night(contents, again="all")
    assert uris(world) == ["/in/5", "/in/6", "/z/1"]
    world.night(contents | {"/in/7": "d1"})
    assert uris(world) == ["/in/5", "/in/6", "/in/7", "/z/1"]
    assert verify(world.dataset) == []
