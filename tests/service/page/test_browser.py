"""The page in a real Chromium, at the widths of a desktop and of a phone; skipped where there is none."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from olmocr_core.bench.math.chromium import find_chromium
from olmocr_core.bench.math.katex import find_cache_folder
from olmocr_core.domain.errors import UsageError
from olmocr_core.domain.ports import PageRequest
from olmocr_core.engines.scripted import ScriptedEngine, Step, answer
from service.api_keys import make_api_key
from service.client import Client
from tests.service.documents import PAPER, SAMPLES, a_pdf
from tests.service.engines import Held
from tests.service.page.browser import Browser
from tests.service.serving import served_here

pytestmark = pytest.mark.slow
TEXT, KEY = make_api_key("tests")
AXE = find_cache_folder() / "axe-core-4.14.1" / "axe.min.js"
DESKTOP, PHONE = (1280, 900), (360, 740)
HOSTILE = (
    "<script>document.title = 'taken'</script><img src=/taken onerror=\"document.title='taken'\"><b onclick=x>bold</b>"
)
READABLE = (
    "# A heading\n\nAn equation:\n\n$$\\frac{a}{b}$$\n\n<table><tr><th>Year</th></tr><tr><td>1999</td></tr></table>\n\n"
)


def hostile(request: PageRequest, call: int) -> Step:
    """A page with everything that is drawn, and with what must not act."""
    return answer(f"{READABLE}{HOSTILE}\n\nPage {request.page.page_number}.")


@pytest.fixture(scope="module")
def started() -> Iterator[Browser]:
    try:
        program = find_chromium()
    except UsageError as error:
        pytest.skip(str(error))
    found = Browser(program)
    yield found
    found.close()


@pytest.fixture
def browser(started: Browser) -> Browser:
    # The page of the test before goes on asking its service.
    started.open("about:blank", 30)
    started.events.clear()
    started.resize(*DESKTOP)
    return started


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    with served_here(tmp_path / "data", ScriptedEngine(hostile, name="instant")) as url:
        yield url


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    path = tmp_path / "a <b>paper.pdf"
    path.write_bytes(PAPER)
    return path


def is_quiet(browser: Browser, url: str) -> None:
    """Nothing was asked of another host, nothing was refused by the policy, and no script failed."""
    assert {urlsplit(one).netloc for one in browser.requested()} == {urlsplit(url).netloc}
    assert browser.complaints() == []


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_document_becomes_text_beside_its_pages(
    browser: Browser, url: str, paper: Path, size: tuple[int, int]
) -> None:
    browser.resize(*size)
    browser.visit(url)
    browser.choose(paper)
    browser.shows("A heading")
    browser.wait("document.querySelector('figure img').naturalWidth > 500")
    browser.wait(
        "document.querySelector('.text math mfrac') && document.querySelector('.text td').innerText === '1999'"
    )
    browser.wait("document.querySelector('#document .badge').innerText === 'Done'")
    # The name of a file and the answer of a model are text.
    assert "a <b>paper.pdf" in browser.run("document.querySelector('#list a').innerText", 30)
    assert "<script>document.title" in browser.text()
    assert browser.run("document.querySelectorAll('.text script, .text img, [onclick], #list b').length", 30) == 0
    assert browser.run("document.title", 30) == "olmOCR Flows"
    width = browser.run("document.documentElement.scrollWidth", 30)
    assert width <= size[0], "the page is wider than the window"
    is_quiet(browser, url)


def test_pages_are_shown_as_they_finish(browser: Browser, tmp_path: Path, paper: Path) -> None:
    engine = Held()
    with served_here(tmp_path / "data", engine) as url:
        browser.visit(url)
        browser.choose(paper)
        browser.shows("Page 1 of document")
        browser.wait("document.querySelector('#document').innerText.includes('1 of 2 pages')")
        browser.shows("Not read yet")
        assert browser.run("document.querySelector('#list progress').value", 30) == 0.5
        engine.release_from_thread()
        browser.shows("Page 2 of document")
        browser.wait("document.querySelector('#say').textContent.includes('Done')")
        is_quiet(browser, url)


def test_what_fails_says_why(browser: Browser, url: str, tmp_path: Path, paper: Path) -> None:
    damaged, text = tmp_path / "damaged.pdf", tmp_path / "notes.txt"
    damaged.write_bytes(PAPER[:2000])
    text.write_text("Just a note.")
    browser.visit(url)
    browser.choose(damaged, text)
    browser.shows("notes.txt")
    browser.wait("document.querySelectorAll('#list .badge.failed').length === 2")
    # The reasons are those of the service.
    browser.shows("damaged")
    browser.shows("neither a PDF nor a PNG")


def test_a_service_that_goes_away_is_waited_for(browser: Browser, tmp_path: Path, paper: Path) -> None:
    with served_here(tmp_path / "data", Held(first=0)) as url:
        browser.visit(url)
        browser.choose(paper)
        browser.shows("0 of 2 pages")
    browser.shows("The service does not answer")


def test_the_keyboard_is_enough(browser: Browser, url: str, paper: Path) -> None:
    browser.visit(url)
    browser.ask("Page.setInterceptFileChooserDialog", enabled=True)
    browser.tab_to("#files")
    browser.press("Enter")
    node = browser.chooser_opened()
    browser.ask("Page.setInterceptFileChooserDialog", enabled=False)
    browser.ask("DOM.setFileInputFiles", files=[str(paper)], backendNodeId=node)
    browser.shows("A heading")
    browser.wait("document.activeElement.id === 'document-title'")
    browser.tab_to("[data-act=copy]")
    browser.ask("Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
    browser.press("Enter")
    browser.wait("document.querySelector('#say').textContent === 'The Markdown is copied'")
    assert browser.run("navigator.clipboard.readText()", 30).startswith("# A heading")
    browser.tab_to("[data-act=close]")
    browser.press(" ")
    browser.wait("document.querySelector('#document').hidden")
    browser.tab_to("[data-part=delete]")
    browser.press("Enter")
    browser.shows("Delete for good")
    browser.press("Enter")
    browser.wait("document.querySelectorAll('#list li').length === 0 && document.activeElement.id === 'files'")


def test_many_pages_are_shown_some_at_a_time(browser: Browser, tmp_path: Path) -> None:
    (long := tmp_path / "long.pdf").write_bytes(a_pdf(45))
    with served_here(tmp_path / "data") as url:
        browser.visit(url)
        browser.choose(long)
        browser.shows("45 pages")
        browser.wait("document.querySelectorAll('#pages article').length === 20")
        for shown in (40, 45):
            browser.run("document.querySelector('#more').click()", 30)
            browser.wait(f"document.querySelectorAll('#pages article').length === {shown}")
        browser.wait("document.querySelector('#more').hidden && document.activeElement.id === 'page-41'")
        browser.run("document.querySelector('#page-45').scrollIntoView()", 30)
        browser.shows("Page 45 of document")


def test_the_list_outlives_the_page(browser: Browser, url: str, paper: Path) -> None:
    browser.visit(url)
    browser.choose(paper)
    browser.shows("A heading")
    browser.ask("Page.reload")
    # The address names the document, and the list has it.
    browser.wait("document.querySelector('#list .badge').innerText === 'Done'")
    browser.shows("A heading")
    browser.run("document.querySelector('#clear').click()", 30)
    browser.ask("Page.reload")
    browser.wait("document.readyState === 'complete'")
    browser.shows("A heading")


def test_a_key_is_asked_for_and_kept_for_this_tab(browser: Browser, tmp_path: Path, paper: Path) -> None:
    engine = ScriptedEngine(hostile, name="instant")
    with served_here(tmp_path / "data", engine, api_keys=(KEY,)) as url:
        browser.visit(url)
        browser.wait("document.querySelector('#key').open")
        type_key(browser, "wrong")
        browser.wait("!document.querySelector('#key-wrong').hidden && document.querySelector('#key').open")
        type_key(browser, TEXT)
        browser.shows("Up to 200 MB")
        browser.choose(paper)
        browser.shows("A heading")
        browser.wait("document.querySelector('figure img').naturalWidth > 500")
        kept = browser.run("[Object.values(sessionStorage), JSON.stringify(localStorage)]", 30)
        assert (kept[0], TEXT in kept[1]) == ([TEXT], False)
        assert not any(TEXT in one for one in browser.requested())


def type_key(browser: Browser, text: str) -> None:
    browser.wait("document.activeElement.id === 'key-text'")
    browser.ask("Input.insertText", text=text)
    browser.press("Enter")


@pytest.mark.skipif(not AXE.is_file(), reason="axe-core is not installed: make setup-bench")
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_axe_finds_nothing_serious(
    browser: Browser, url: str, tmp_path: Path, paper: Path, size: tuple[int, int]
) -> None:
    (damaged := tmp_path / "damaged.pdf").write_bytes(PAPER[:2000])
    for dark in (False, True):
        browser.resize(*size, dark=dark)
        browser.visit(url)
        browser.run(AXE.read_text(), 30)
        assert serious(browser) == []
        browser.choose(damaged)
        browser.wait("document.querySelector('#list .badge.failed')")
        browser.choose(paper)
        browser.shows("A heading")
        assert serious(browser) == []
        browser.run("document.querySelector('#key').showModal()", 30)
        assert serious(browser) == []


def serious(browser: Browser) -> list[str]:
    """The violations that keep people out, with the elements at fault."""
    found = browser.run("axe.run().then(found => found.violations)", 60)
    bad = [one for one in found if one["impact"] in ("serious", "critical")]
    return [f"{one['id']}: {json.dumps([node['html'] for node in one['nodes']][:3])}" for one in bad]


def test_files_are_dropped_anywhere(browser: Browser, url: str) -> None:
    browser.visit(url)
    drop = """(() => { const held = new DataTransfer();
      held.items.add(new File([Uint8Array.from(atob('%s'), (one) => one.charCodeAt(0))], 'dropped.pdf'));
      for (const kind of ['dragover', 'drop'])
        document.body.dispatchEvent(new DragEvent(kind, {dataTransfer: held, bubbles: true, cancelable: true})); })()"""
    browser.run(drop % base64.b64encode((SAMPLES / "blank.pdf").read_bytes()).decode(), 30)
    browser.shows("dropped.pdf")
    browser.wait("document.querySelector('#document .badge').innerText === 'Blank'")


def test_of_some_pages_only_these_are_shown(browser: Browser, tmp_path: Path) -> None:
    with served_here(tmp_path / "data") as url, Client(url) as client:
        job = client.convert(a_pdf(9), pages="2-3,7").job
        browser.visit(f"{url}/#{job.id}")
        browser.shows("Page 7 of document")
        titles = browser.run("[...document.querySelectorAll('article h3')].map((one) => one.innerText)", 30)
        assert titles == ["Page 2", "Page 3", "Page 7"]
        is_quiet(browser, url)


def test_a_document_that_is_sent_again_is_followed_again(browser: Browser, url: str, paper: Path) -> None:
    browser.visit(url)
    browser.choose(paper)
    browser.wait("document.querySelector('#document .badge').innerText === 'Done'")
    with Client(url) as client:
        client.delete(str(browser.run("location.hash.slice(1)", 30)))
    followed = len(streams(browser))
    browser.choose(paper)
    browser.wait("document.querySelector('#say').textContent.includes('Done')")
    browser.shows("A heading")
    assert len(streams(browser)) > followed


def streams(browser: Browser) -> list[str]:
    """The addresses of events that were asked for."""
    return [one for one in browser.requested() if one.endswith("/events")]


def test_a_service_that_limits_requests_is_asked_more_slowly(browser: Browser, tmp_path: Path) -> None:
    (long := tmp_path / "long.pdf").write_bytes(a_pdf(3))
    with served_here(tmp_path / "data", requests_a_minute=120) as url:
        browser.visit(url)
        browser.run("Promise.all([...Array(130)].map(() => fetch('page/limits')))", 30)
        browser.choose(long)
        browser.shows("Page 3 of document")
