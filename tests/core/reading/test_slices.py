import pytest
from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.domain.models import DocumentInfo
from olmocr_core.engines.scripted import ScriptedEngine
from olmocr_core.reading.slices import (
    MOST_SLICES,
    SLICES_PER_SHARD,
    SMALL_RUN_PAGES,
    PlannedDocument,
    choose_shard_size,
    choose_slice_size,
    cut_shards,
    make_slice_ref,
    merge_shards,
    plan_slices,
)
from tests.core.fakes import document, recipe

RECIPE = recipe(ScriptedEngine())


def planned(name: str, pages: int, finished: frozenset[int] = frozenset()) -> PlannedDocument:
    return PlannedDocument(document(name.ljust(64, "0"), f"{name}.pdf"), DocumentInfo(pages=pages), finished)


@pytest.mark.parametrize(("pages", "size"), [(1, 1), (200, 1), (201, 48), (7200, 48), (45_000, 100)])
def test_auto_takes_single_pages_in_small_runs_and_bounds_task_runs_in_bulk(pages: int, size: int) -> None:
    assert choose_slice_size("auto", pages) == size
    assert pages / size <= MOST_SLICES


@pytest.mark.parametrize(
    ("pages", "shard", "size"),
    [
        (200, 4000, 1),
        (300, 4000, 48),
        (800, 4000, 100),
        (100_000, 4000, 500),
        (10_000_000, 6000, 750),
        (10_000, 100, 48),
    ],
)
def test_slices_fit_into_the_shards_of_a_night_however_large_it_is(pages: int, shard: int, size: int) -> None:
    assert choose_slice_size("auto", pages, shard) == size
    assert min(pages, shard) / size <= SLICES_PER_SHARD or pages <= SMALL_RUN_PAGES


@pytest.mark.parametrize(
    ("pages", "in_flight", "size"),
    [(0, 2, 1000), (900, 2, 1000), (12_000, 2, 3000), (12_001, 2, 3001), (100_000, 2, 6000), (100_000, 64, 1000)],
)
def test_a_night_has_two_shards_for_each_worker_within_the_size_limits(pages: int, in_flight: int, size: int) -> None:
    assert choose_shard_size(None, pages, in_flight) == size
    assert choose_shard_size(40, pages, in_flight) == 40


def test_merged_shards_cover_all_of_their_pages() -> None:
    one, two, three = cut_shards(
        [make_slice_ref(piece) for piece in plan_slices([planned("a", 6)], 2, RECIPE, show_cached=False)], 2
    )
    both = merge_shards([one, two])
    assert (both.first, both.last, both.pages) == (0, 1, 4)
    assert both.label == "shard 1 of 3 and the next 1"
    assert merge_shards([three]) == three
    assert len({both.key, merge_shards([two, three]).key, merge_shards([one, two, three]).key, one.key, two.key}) == 5


def test_a_size_from_the_settings_is_used() -> None:
    assert choose_slice_size(20, 5) == choose_slice_size(20, 5, 4000) == 20


def test_labels_say_what_is_worked_on() -> None:
    one, two, last = plan_slices([planned("a", 5), planned("b", 1)], 2, RECIPE, show_cached=True)
    assert one.label == "pages 1-2 of a.pdf"
    assert two.label == "pages 3-4 of a.pdf"
    assert last.label == "2 pages of 2 documents from a.pdf to b.pdf"
    assert next(plan_slices([planned("a", 1)], 4, RECIPE, show_cached=True)).label == "page 1 of a.pdf"


documents = st.lists(st.tuples(st.integers(0, 30), st.frozensets(st.integers(1, 30))), max_size=8).map(
    lambda items: [
        planned(f"d{i}", pages, frozenset(f for f in done if f <= pages)) for i, (pages, done) in enumerate(items)
    ]
)


@given(documents, st.integers(1, 20), st.booleans())
def test_every_page_that_needs_work_is_in_exactly_one_slice(
    items: list[PlannedDocument], size: int, show_cached: bool
) -> None:
    slices = list(plan_slices(items, size, RECIPE, show_cached=show_cached))
    in_slices = [(page.doc_id, page.page_number) for piece in slices for page in piece.pages]
    wanted = {
        (item.document.doc_id, number)
        for item in items
        for number in range(1, item.info.pages + 1)
        if show_cached or number not in item.finished
    }
    assert len(in_slices) == len(set(in_slices))
    assert set(in_slices) == wanted
    assert all(1 <= len(piece.pages) <= size for piece in slices)
    assert [piece.index for piece in slices] == list(range(len(slices)))
    done = {item.document.doc_id: item.finished for item in items}
    assert all(piece.cached == (page.page_number in done[page.doc_id]) for piece in slices for page in piece.pages)


def test_equal_pages_have_equal_slice_keys_and_the_reference_is_small() -> None:
    first = list(plan_slices([planned("a", 64)], 64, RECIPE, show_cached=False))
    again = list(plan_slices([planned("a", 64)], 64, RECIPE, show_cached=False))
    other = list(plan_slices([planned("b", 64)], 64, RECIPE, show_cached=False))
    assert first[0].key == again[0].key != other[0].key
    assert len(make_slice_ref(first[0]).model_dump_json()) < 300
