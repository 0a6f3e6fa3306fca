from __future__ import annotations

import gc
import logging
import threading

import pytest

from olmocr_core.bench.math.cache import DrawingCache
from olmocr_core.bench.math.chromium import BrowserFault
from olmocr_core.bench.math.drawing import Drawing
from olmocr_core.bench.math.renderer import BATCH, FAILED, MAX_LENGTH, EquationRenderer


@pytest.fixture
def cache(tmp_path):
    return DrawingCache(tmp_path / "equations", with_fonts=True)


@pytest.fixture
def renderer(files, browsers, cache):
    return EquationRenderer(files, browsers.start, cache)


def test_equations_are_rendered_in_batches_by_one_browser(renderer, browsers):
    wanted = [f"x{number}" for number in range(BATCH + 10)]
    drawings = renderer.render([*wanted, *wanted])
    assert list(drawings) == wanted
    assert drawings["x7"].layout.chars == "x7"
    assert [len(batch) for batch in browsers.batches] == [BATCH, 10]
    assert len(browsers.started) == 1


def test_rendered_equations_are_not_rendered_again_by_any_process(renderer, browsers, cache, files):
    first = renderer.render(["x", "error here"])
    assert renderer.render(["x"]) == {"x": first["x"]}
    later = EquationRenderer(files, browsers.start, cache)
    assert later.render(["x", "error here"]) == first
    assert (browsers.batches, len(browsers.started)) == ([["x", "error here"]], 1)


def test_a_damaged_cache_entry_is_rendered_again(renderer, browsers, cache, tmp_path):
    cache.put("x", Drawing(mathml="old"))
    (kept,) = (tmp_path / "equations").rglob("*.json")
    kept.write_text("{")
    assert renderer.render(["x"])["x"].layout.chars == "x"
    assert cache.get("x") == renderer.render(["x"])["x"]


def test_a_cache_that_is_not_writable_is_only_a_warning(files, browsers, tmp_path, caplog):
    (tmp_path / "file").write_text("")
    renderer = EquationRenderer(files, browsers.start, DrawingCache(tmp_path / "file", with_fonts=True))
    with caplog.at_level(logging.WARNING):
        assert renderer.render(["x"])["x"].error is None
    assert "cannot store" in caplog.text


def test_an_equation_that_kills_the_browser_fails_alone(renderer, browsers, cache):
    browsers.deadly.add("x3")
    drawings = renderer.render([f"x{number}" for number in range(8)])
    assert [number for number in range(8) if drawings[f"x{number}"].error] == [3]
    assert drawings["x3"].error.startswith(FAILED)
    assert cache.get("x3") is None
    assert all(browser.closed for browser in browsers.started[:-1])
    assert not browsers.started[-1].closed


def test_a_browser_that_dies_once_is_restarted(renderer, browsers):
    browsers.deadly.add("x0")
    renderer.render(["x9"])
    # The running browser dies on the batch; the next one does not.
    browsers.deadly = set()
    assert renderer.render(["x0", "x1"])["x0"].error is None
    assert len(browsers.started) == 2


def test_a_browser_that_does_not_start_is_tried_once(files, cache):
    tries = []

    def start():
        tries.append(1)
        raise BrowserFault("no display")

    renderer = EquationRenderer(files, start, cache)
    for _ in range(2):
        with pytest.raises(BrowserFault, match="no display"):
            renderer.render(["x"])
    assert len(tries) == 1


def test_a_page_without_katex_is_an_error_and_ends_the_browser(files, browsers, cache):
    class Empty(type(browsers.start())):
        def run(self, script, seconds):
            return "CSS1Compatundefined"

    empty = Empty(set())
    with pytest.raises(BrowserFault, match="KaTeX did not load"):
        EquationRenderer(files, lambda: empty, cache).render(["x"])
    assert empty.closed


def test_the_browser_ends_with_its_owner(files, browsers, cache):
    renderer = EquationRenderer(files, browsers.start, cache)
    renderer.render(["x"])
    del renderer
    gc.collect()
    assert browsers.started[0].closed == 1


def test_closing_ends_it_and_the_next_equation_starts_another(renderer, browsers):
    renderer.render(["x"])
    renderer.close()
    renderer.close()
    assert browsers.started[0].closed == 1
    renderer.render(["y"])
    assert len(browsers.started) == 2


def test_too_long_equations_are_not_given_to_the_browser(renderer, browsers):
    long = "x" * (MAX_LENGTH + 1)
    assert "longer than" in (renderer.render([long])[long].error or "")
    assert not browsers.started


def test_threads_take_turns(renderer, browsers):
    found: dict[int, dict[str, Drawing]] = {}
    threads = [
        threading.Thread(target=lambda n=number: found.update({n: renderer.render([f"x{n}", "same"])}))
        for number in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert sum("same" in batch for batch in browsers.batches) == 1
    assert len(browsers.started) == 1


def test_screenshots_of_equations(renderer, browsers):
    assert renderer.screenshot("x") == b"\x89PNG\x08"
    assert renderer.screenshot("error") is None
    assert renderer.screenshot("x" * (MAX_LENGTH + 1)) is None
    browsers.deadly.add("x")
    assert renderer.screenshot("x") is None
    assert browsers.started[0].closed
