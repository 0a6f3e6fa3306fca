from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from olmocr_core.domain.models import Attempt, DocumentKind, PageImage, PageRef
from olmocr_core.domain.ports import EngineIdentity, PageRequest
from olmocr_core.domain.settings import Cpu, Orchestration, Routing, Settings
from olmocr_core.engines.code_digest import code_digest
from olmocr_core.engines.cpu import CPU_CODE, CPU_LIBRARIES, CpuEngine
from olmocr_core.engines.page_code import find_library_versions
from olmocr_core.ocr.weights import compute_weights_digest
from olmocr_core.pdf.page_reader import open_pool
from olmocr_core.reading.front_matter import parse_answer

SETTINGS = Settings(orchestration=Orchestration(workers=1), cpu=Cpu(ocr_model="tiny"))
FACTS = PageImage(width=1, height=1, rotation_ccw=0, encoding="jpeg", renderer="none", ink=0.1, is_blank=False)


def request(path: Path, kind: DocumentKind = "pdf", number: int = 1) -> PageRequest:
    facts = path.stat()
    page = PageRef(
        doc_id=path.name,
        kind=kind,
        location=str(path),
        size_bytes=facts.st_size,
        mtime_ns=facts.st_mtime_ns,
        page_number=number,
    )
    return PageRequest(page, Attempt(number=1, temperature=0.1), b"", FACTS)


@pytest.fixture
async def engine() -> AsyncIterator[CpuEngine]:
    async with open_pool(SETTINGS) as pool:
        yield CpuEngine(pool, SETTINGS)


async def test_each_route_end_to_end_through_a_real_pool(engine: CpuEngine, samples: Path) -> None:
    born = await engine.transcribe(request(samples / "code_and_formula.pdf"))
    assert born.route == "text_layer"
    assert born.signals["layer_trusted"] is True
    assert "function add(a, b)" in born.answer

    scan = await engine.transcribe(request(samples / "scan_rotated_90.pdf"))
    assert scan.route == "ocr"
    assert scan.transcription is not None
    assert "JSON and Markdown in an easy self contained" in " ".join(scan.transcription.text.split())
    assert scan.transcription.rotation_correction == 270
    assert scan.transcription.is_rotation_valid
    assert scan.transcription.primary_language == "en"

    image = await engine.transcribe(request(samples / "phototest.tif", "image"))
    assert image.route == "ocr"
    assert "layer_trusted" not in image.signals

    for completion in (born, scan, image):
        assert completion.transcription is not None
        again = parse_answer(completion.answer)
        assert again.text == completion.transcription.text.strip()
        assert again.rotation_correction == completion.transcription.rotation_correction


def test_the_identity_follows_what_changes_answers() -> None:
    class NoPool:
        size = 3

    def identity(settings: Settings) -> EngineIdentity:
        return CpuEngine(NoPool(), settings).identity  # type: ignore[arg-type]

    base = identity(Settings())
    assert base.revision == f"{code_digest(*CPU_CODE)[:16]}-{compute_weights_digest('auto', True)}"
    assert dict(base.decoding).items() >= find_library_versions(CPU_LIBRARIES).items()
    assert base == identity(Settings())
    assert base == identity(Settings(orchestration=Orchestration(workers=7)))
    assert base != identity(Settings(cpu=Cpu(ocr_model="small")))
    assert base != identity(Settings(cpu=Cpu(layout_model=False)))
    assert base != identity(Settings(routing=Routing(mode="engine")))
    assert CpuEngine(NoPool(), Settings()).concurrency == 3  # type: ignore[arg-type]
