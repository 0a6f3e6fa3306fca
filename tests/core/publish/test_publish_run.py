"""Any sequence of nights leaves a dataset that is true for all that the ledger knows."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from olmocr_core.domain.errors import RunError
from olmocr_core.domain.settings import Publish
from olmocr_core.publish import read_manifest, recover, verify
from olmocr_core.publish.publish_run import publish_run
from olmocr_core.storage.paths import ObjectPath
from tests.core.publish.records import context, dolma, finished, markdown, one_of_each, publish, record, snapshot
from tests.core.publish.world import Contents, World, doc_id, plain, text_of
from tests.s3 import Gateway

URIS = ("/in/1", "/in/2", "/in/sub/3", "/old/4", "/old/5")
CONTENTS = ("a1", "a2", "a3", "b1", "b1~later", "c1", "held1", "bad", "skip")
NIGHT = st.tuples(
    st.dictionaries(st.sampled_from(URIS), st.sampled_from(CONTENTS)),
    st.sampled_from([("/in",), ("/old",), ("/in", "/old"), ("/in/sub", "/old/4")]),
    st.sampled_from(["none", "none", "failed", "all"]),
)


class Model:
    """What is known of each URI, by rules as plain as they can be."""

    def __init__(self) -> None:
        self.known: dict[str, tuple[str, bool]] = {}

    def night(self, contents: Contents, roots: tuple[str, ...]) -> None:
        for uri in {*contents, *self.known}:
            if any(uri == root or uri.startswith(root + "/") for root in roots):
                if uri in contents:
                    self.known[uri] = (contents[uri], True)
                elif uri in self.known:
                    self.known[uri] = (self.known[uri][0], False)

    def documents(self) -> dict[str, set[str]]:
        """The sources of each record of the dataset, by content; what cannot be opened is a record by itself."""
        by_content: dict[str, dict[str, bool]] = {}
        for uri, (content, there) in self.known.items():
            if plain(content) not in ("skip", "bad"):
                by_content.setdefault(plain(content), {})[uri] = there
        return {
            content: {uri for uri, there in uris.items() if there} or set(uris) for content, uris in by_content.items()
        }

    def unread(self) -> set[str]:
        return {uri for uri, (content, there) in self.known.items() if content == "bad" and there}


def check(world: World, model: Model) -> None:
    """Hold everything that is published against the model."""
    documents = model.documents()
    manifest = read_manifest(world.dataset)
    if manifest is None:
        assert not documents
        assert not model.unread()
        return
    assert verify(world.dataset) == []
    texts = Counter(content[0] for content in documents if content[0] != "h")
    held = sum(content[0] == "h" for content in documents)
    counts = manifest.counts
    assert (counts.documents, counts.failed) == (len(documents) + len(model.unread()), len(model.unread()))
    assert (counts.kept, counts.held_back) == (len(texts), held)
    assert counts.duplicate == sum(texts.values()) - len(texts)
    published = world.dolma()
    assert Counter(line["text"] for line in published) == Counter(text_of(letter) for letter in texts)
    by_id = {doc_id(content): uris for content, uris in documents.items()}
    for line in published:
        assert set(line["metadata"]["sources"]) == by_id[line["id"]]
    rows = world.rows()
    markdown = world.files("markdown/")
    named = {row.markdown: row.source for row in rows.values() if row.markdown}
    assert set(named) == set(markdown)
    wanted = {uri: text_of(content) for content, uris in documents.items() if content[0] != "h" for uri in uris}
    assert {uri: markdown[path].decode() for path, uri in named.items()} == wanted
    assert {source: row.status == "present" for source, row in rows.items()} == {
        uri: there for uri, (_, there) in model.known.items()
    }
    assert {row.key for row in rows.values() if row.part is not None} == {*by_id, *model.unread()}
    assert all(count <= 3 for count in world.parts())
    assert sum(count < 2 for count in world.parts()) <= 1, "small parts are filled up"


@pytest.mark.slow
@given(st.lists(NIGHT, min_size=1, max_size=6))
@settings(max_examples=40, deadline=None)
def test_any_sequence_of_nights(nights: list[tuple[dict[str, str], tuple[str, ...], Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world, model = World(Path(folder)), Model()
        for contents, roots, again in nights:
            before = dict(model.known)
            listed = {uri for uri in contents if any(uri == root or uri.startswith(root + "/") for root in roots)}
            model.night(contents, roots)
            world.night(contents, roots, again=again)
            changed = {uri for uri in listed if before.get(uri, ("", True))[0] != contents[uri]}
            assert changed <= set(world.read) <= listed
            extra = {contents[uri] for uri in set(world.read) - changed}
            assert again == "all" or extra <= ({"held1", "bad"} if again == "failed" else {"bad"})
            check(world, model)


def test_a_backfill_leaves_the_usual_sources_alone(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.night({"/in/1": "a1", "/in/2": "b1"})
    world.night({"/old/4": "c1"}, ("/old",))
    assert {row.status for row in world.rows().values()} == {"present"}
    assert len(world.dolma()) == 3
    world.night({"/in/1": "a1", "/in/2": "b1"})
    assert world.read == []
    assert {row.status for row in world.rows().values()} == {"present"}


def test_what_failed_is_read_again_when_somebody_asks_or_the_recipe_is_another(tmp_path: Path) -> None:
    world = World(tmp_path)
    contents = {"/in/1": "a1", "/in/2": "held1", "/in/3": "bad"}
    world.night(contents)
    world.night(contents)
    assert world.read == []
    world.night(contents, again="failed")
    assert world.read == ["/in/2", "/in/3"]
    world.night(contents, recipe="other rules")
    assert world.read == ["/in/2", "/in/3"]
    world.night(contents, recipe="other rules")
    assert world.read == []
    world.night(contents, again="all")
    assert world.read == sorted(contents)


def test_a_duplicate_takes_the_place_of_its_original_when_that_changes(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.night({"/in/1": "a1", "/in/2": "a2", "/in/3": "a3"})
    assert [line["id"] for line in world.dolma()] == [doc_id("a1")]
    world.night({"/in/1": "b1", "/in/2": "a2", "/in/3": "a3"})
    assert world.read == ["/in/1"]
    assert sorted(line["id"] for line in world.dolma()) == sorted([doc_id("a2"), doc_id("b1")])
    assert world.rows()["/in/3"].outcome == "duplicate"


def test_a_moved_file_is_looked_into_and_nothing_more(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.night({"/in/1": "a1"})
    night = world.prepare({"/in/new": "a1"}, ("/in",))
    assert list(night.records()) == []
    publish_run(night)
    (line,) = world.dolma()
    assert line["metadata"]["sources"] == ["/in/new"]
    assert list(world.files("markdown/")) == ["markdown/new.md"]
    assert {row.source: row.status for row in world.rows().values()} == {"/in/1": "deleted", "/in/new": "present"}


def test_publishing_twice_changes_nothing(tmp_path: Path) -> None:
    world = World(tmp_path)
    night = world.prepare({"/in/1": "a1", "/in/2": "bad"}, ("/in",))
    publish_run(night)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    publish_run(night)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_night_that_was_overtaken_publishes_nothing(tmp_path: Path) -> None:
    world = World(tmp_path)
    slow = world.prepare({"/in/1": "a1"}, ("/in",))
    world.night({"/in/1": "b1"})
    with pytest.raises(RunError, match=r"/in/1: run n2 has listed it later than this run, .*run again"):
        publish_run(slow)
    assert [line["id"] for line in world.dolma()] == [doc_id("b1")]


def test_a_run_that_was_overtaken_publishes_what_the_other_one_has_not_touched(tmp_path: Path) -> None:
    world = World(tmp_path)
    slow = world.prepare({"/in/1": "a1", "/in/2": "b1"}, ("/in",))
    world.night({"/in/2": "b1", "/old/4": "c1"}, ("/in/2", "/old"))
    publish_run(slow)
    assert {line["id"] for line in world.dolma()} == {doc_id("a1"), doc_id("b1"), doc_id("c1")}
    assert verify(world.dataset) == []


def test_runs_over_other_sources_add_to_the_dataset(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.night({"/in/1": "a1", "/in/2": "b1"})
    world.night({"/old/4": "c1", "/old/5": "a1"}, ("/old",))
    assert {line["id"]: line["metadata"]["sources"] for line in world.dolma()} == {
        doc_id("a1"): ["/in/1", "/old/5"],
        doc_id("b1"): ["/in/2"],
        doc_id("c1"): ["/old/4"],
    }


def test_replacing_makes_the_dataset_exactly_what_the_sources_hold(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.night({"/in/1": "a1", "/in/2": "b1", "/in/sub/3": "a2"})
    world.night({"/old/4": "c1", "/old/5": "a1"}, ("/old",), replace=True)
    assert world.read == ["/old/4", "/old/5"]
    assert {line["id"]: line["metadata"]["sources"] for line in world.dolma()} == {
        doc_id("a1"): ["/old/5"],
        doc_id("c1"): ["/old/4"],
    }
    assert set(world.rows()) == {"/old/4", "/old/5"}
    assert verify(world.dataset) == []
    fresh = World(tmp_path / "fresh")
    fresh.night({"/old/4": "c1", "/old/5": "a1"}, ("/old",))
    assert {path.partition("-")[0] for path in world.files()} == {path.partition("-")[0] for path in fresh.files()}


def test_another_recipe_renews_what_ended_well_only_when_somebody_wants_it(tmp_path: Path) -> None:
    world = World(tmp_path)
    contents = {"/in/1": "a1", "/in/2": "skip"}
    world.night(contents)
    world.night(contents, recipe="new engine")
    assert world.read == []
    world.night(contents, recipe="new engine", on_new_recipe=True)
    assert world.read == ["/in/1"]
    world.night(contents, recipe="new engine", on_new_recipe=True)
    assert world.read == []


def dies_at(step: int, work: Callable[[], object]) -> bool:
    """Do work in a child that is gone without a word at its ``step``-th change to the file system; whether it was."""
    child = os.fork()
    if child == 0:
        changes = 0

        def count(event: str, arguments: tuple[Any, ...]) -> None:
            nonlocal changes
            writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
            if writes or event in ("os.rename", "os.remove", "os.rmdir", "os.mkdir"):
                changes += 1
                if changes == step:
                    os._exit(9)

        sys.addaudithook(count)
        try:
            work()
            os._exit(0)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) in (0, 9)
    return os.waitstatus_to_exitcode(status) == 9


@pytest.mark.slow
def test_a_night_may_die_anywhere(tmp_path: Path) -> None:
    first = {"/in/1": "a1", "/in/2": "a2", "/in/3": "b1", "/in/4": "c1", "/in/5": "d1"}
    second = {"/in/1": "e1", "/in/2": "a2", "/in/4": "c1", "/in/5": "d1", "/in/6": "bad"}
    world, model = World(tmp_path / "0"), Model()
    world.night(first)
    before = world.files()
    world.prepare(second, ("/in",))
    for contents in (first, second):
        model.night(contents, ("/in",))
    step, died = 0, True
    while died:
        step += 1
        shutil.copytree(tmp_path / "0", tmp_path / str(step))
        world.root = tmp_path / str(step)
        night = world.prepared("n2")
        died = dies_at(step, lambda night=night: publish_run(night))  # type: ignore[misc]
        recover(world.dataset)
        assert verify(world.dataset) == []
        manifest = read_manifest(world.dataset)
        assert manifest is not None
        assert manifest.run == "n2" or world.files() == before, "a reader finds the old dataset or the new one"
        # In every other case the same night is run again, in the others the next one comes.
        if step % 2:
            publish_run(night)
        else:
            world.nights = 2
            world.night(second)
        check(world, model)
        assert not list((tmp_path / str(step) / "ledger").rglob("*.tmp"))
        assert len(list((tmp_path / str(step) / "ledger/records").iterdir())) == len(world.parts())
    assert step > 30


def test_the_same_in_a_store(bucket: ObjectPath, gateway: Gateway) -> None:
    world, model = World(bucket / "ws"), Model()
    for contents in (
        {"/in/1": "a1", "/in/2": "b1", "/in/sub/3": "c1"},
        {"/in/1": "d1", "/in/2": "b1"},
        {"/in/1": "e1", "/in/2": "a1"},
        {"/in/1": "a2", "/in/2": "a1", "/old/4": "bad"},
    ):
        world.night(contents, ("/in", "/old"))
        model.night(contents, ("/in", "/old"))
        check(world, model)
    gateway.requests.clear()
    world.night(contents, ("/in", "/old"))
    written = {path.partition("?")[0] for method, path in gateway.requests if method == "PUT"}
    assert not [path for path in written if "/dataset/" in path and not path.endswith("/.lock")]
    check(world, model)


def test_a_dataset_in_all_formats_with_a_manifest_that_adds_up(tmp_path):
    manifest = publish(iter(one_of_each()), context(tmp_path), Publish())
    dataset = tmp_path / "dataset"
    assert verify(dataset) == []
    assert read_manifest(dataset) == manifest
    stored = json.loads((dataset / "manifest.json").read_text())
    assert stored["counts"] == {
        "documents": 6, "kept": 1, "partial": 1, "blank": 1, "held_back": 1, "failed": 1, "duplicate": 1,
    }  # fmt: skip
    assert stored["created"] == "2026-11-22T21:30:45+00:00"
    assert stored["engines"] == ["cpu:tiny"]
    assert stored["rules"] == {"min_chars": 1}
    assert {(file["path"].split("/part-")[0], file["records"]) for file in stored["files"]} == {
        ("dolma", 2), ("parquet/documents", 6), ("parquet/pages", 8), ("markdown/sub/kept.md", 1), ("markdown/partial.md", 1),
        ("markdown/dup.md", 1),
    }  # fmt: skip
    assert [line["metadata"]["status"] for line in dolma(dataset)] == ["kept", "partial"]
    assert markdown(tmp_path) == {
        "sub/kept.md": "# Title\nHello.\nSecond page",
        "partial.md": "First\nraw",
        "dup.md": "First",
    }
    files = {path.relative_to(dataset).as_posix() for path in dataset.rglob("*") if path.is_file()}
    assert files == {file["path"] for file in stored["files"]} | {"manifest.json", ".lock"}


def test_publishing_again_changes_nothing_not_even_a_time_stamp(tmp_path):
    run = finished(one_of_each(), context(tmp_path), Publish())
    publish_run(run)
    before = snapshot(tmp_path)
    publish_run(run)
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize("compression", ["gzip", "zstd"])
def test_two_publishings_elsewhere_give_the_same_bytes(tmp_path, compression):
    for place in ("one", "two"):
        publish(one_of_each(), context(tmp_path / place), Publish(compression=compression))
    one, two = (
        {path: data for path, (data, _) in snapshot(tmp_path / place / "dataset").items()} for place in ("one", "two")
    )
    assert one == two


def test_files_that_could_not_be_read_have_a_row_each(tmp_path):
    problems = [record(name, status="failed", doc_id="", kind=None) for name in ("x.pdf", "y.pdf")]
    manifest = publish(problems, context(tmp_path), Publish())
    assert manifest.counts.failed == 2
    assert verify(tmp_path / "dataset") == []
