"""What a worker does with a page, in this process: the pool is tested elsewhere."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from olmocr_core.domain.geometry import EQUATION, Box, PageLayout, Word
from olmocr_core.domain.models import PageRef
from olmocr_core.domain.settings import Cpu, Routing
from olmocr_core.engines import cpu_worker
from olmocr_core.engines.cpu_worker import transcribe_page
from olmocr_core.ocr.sample import LineSample
from olmocr_core.reading.front_matter import parse_answer
from olmocr_core.sandbox.session import SessionSettings, WorkerSession
from tests.core.pdf.making import document, one_page, page, stream, text

TINY = Cpu(ocr_model="tiny", layout_model=False)
TEXT = "It was a bright cold day in April, and the clocks were striking thirteen."


@pytest.fixture(scope="module")
def memo() -> dict[str, object]:
    """Opened models, for all tests of this module."""
    return {}


def session(memo: dict[str, object], routing: Routing | None = None) -> WorkerSession:
    return WorkerSession(SessionSettings(cpu=TINY, routing=routing or Routing()), memo)


def lines(count: int = 8) -> bytes:
    """The content of a page with so many lines of text."""
    return b"".join(text(TEXT.encode(), 72, 700 - 18 * place) for place in range(count))


def written(folder: Path, data: bytes, name: str = "x.pdf") -> PageRef:
    return page(document(folder / name, data))


def test_a_sound_layer_is_read_and_not_the_pixels(tmp_path: Path, memo: dict[str, object]) -> None:
    found = transcribe_page(session(memo), written(tmp_path, one_page(lines())))
    assert found.route == "text_layer"
    assert found.transcription is not None
    assert found.transcription.text.count("striking thirteen") == 8
    assert (found.transcription.primary_language, found.signals["layer_trusted"]) == ("en", True)
    assert parse_answer(found.answer).text == found.transcription.text


def test_routing_by_engine_reads_the_pixels_of_every_page(tmp_path: Path, memo: dict[str, object]) -> None:
    every = Routing(mode="engine")
    found = transcribe_page(session(memo, every), written(tmp_path, one_page(lines())))
    assert found.route == "ocr"
    assert found.transcription is not None
    assert "bright cold day in April" in found.transcription.text
    assert "layer_trusted" not in found.signals


def test_a_layer_with_too_little_text_gives_way_to_ocr(tmp_path: Path, memo: dict[str, object]) -> None:
    strict = Routing(layer_min_chars=1000)
    found = transcribe_page(session(memo, strict), written(tmp_path, one_page(lines())))
    assert found.route == "ocr"
    assert found.signals["layer_trusted"] is False


def test_a_layer_that_ocr_contradicts_is_not_used(tmp_path: Path, memo: dict[str, object]) -> None:
    """The font shows other letters than the file names: an encoding turned round."""
    swapped = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode 6 0 R >>"
    table = b"".join(b"<%02x> <%04x>\n" % (c, 0x61 + (c * 7 + 5) % 26) for c in range(0x61, 0x7B))
    cmap = (
        b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap 1 begincodespacerange <00> <ff> endcodespacerange\n"
        b"26 beginbfchar\n" + table + b"endbfchar endcmap end end"
    )
    broken = one_page(
        lines(),
        b"/MediaBox [0 0 612 792]",
        b"/F1 7 0 R",
        stream(cmap),
        swapped,
    )
    found = transcribe_page(session(memo), written(tmp_path, broken))
    assert found.route == "ocr"
    assert found.signals["layer_trusted"] is False
    assert found.transcription is not None
    assert "bright cold day in April" in found.transcription.text


def test_ink_that_the_layer_leaves_out_makes_it_doubtful(tmp_path: Path, memo: dict[str, object]) -> None:
    ref = written(tmp_path, one_page(lines()))
    image = Image.new("RGB", (1000, 1294), "white")
    for top in range(700, 1200, 60):
        image.paste("black", (100, top, 900, top + 24))
    encoded = io.BytesIO()
    image.save(encoded, "JPEG")
    clean = transcribe_page(session(memo), ref)
    inked = transcribe_page(session(memo), ref, encoded.getvalue())
    assert "layer_uncovered_ink" not in clean.signals
    assert inked.signals["layer_uncovered_ink"] > 0  # type: ignore[operator]


def test_a_page_much_longer_than_wide_gets_more_pixels(tmp_path: Path, memo: dict[str, object]) -> None:
    strip = one_page(b"BT /F1 12 Tf 10 100 Td (Strip) Tj ET", b"/MediaBox [0 0 200 2000]")
    usual = one_page(b"BT /F1 12 Tf 10 100 Td (Usual) Tj ET")
    long_image, long_scale = cpu_worker._pixels(session(memo), written(tmp_path, strip), 1600)
    image, scale = cpu_worker._pixels(session(memo), written(tmp_path, usual, "y.pdf"), 1600)
    assert max(image.shape) == 1600
    assert max(long_image.shape) == round(1600 / 3 / 200 * 2000)
    assert long_scale == pytest.approx(2000 / max(long_image.shape), rel=0.01)
    assert scale == pytest.approx(792 / 1600, rel=0.01)


def word(text: str, x: float, font: str = "") -> Word:
    return Word(text, Box(x, 10, x + 40, 20), 10, font=font)


def sample(text: str, confidence: float = 0.99) -> LineSample:
    return LineSample(Box(0, 5, 600, 25), text, confidence)


LONG = "A line that is long enough to count"


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        ([sample(LONG)], 1.0),
        ([sample(LONG, confidence=0.5)], None),
        ([sample("A line")], None),
        ([sample("Zzzz zzzz zzzz zzzz zzzz zzzz zz zzzzz")], 0.0),
        ([], None),
    ],
    ids=["same", "unsure", "short", "other", "none"],
)
def test_the_agreement_of_a_layer_with_what_ocr_read(samples: list[LineSample], expected: float | None) -> None:
    words = tuple(word(text, 50 * place) for place, text in enumerate(LONG.split()))
    found = cpu_worker._agreement(PageLayout(600, 800, words), samples, 1.0)
    assert found == (expected if expected is None else pytest.approx(expected, abs=0.1))


def test_only_the_words_beside_an_equation_are_compared() -> None:
    words = [word("where", 0), word(r"\(x^{2}\)", 50, EQUATION), word("grows", 100)]
    assert cpu_worker._line_agreement(words, "where x? grows") == 1.0
    unmarked = [word(each.text, each.box.x0) for each in words]
    assert (cpu_worker._line_agreement(unmarked, "where x? grows") or 0) < 0.95
    assert (cpu_worker._line_agreement(words, "qqq kkk vvv") or 0) < 0.4
