from __future__ import annotations

import asyncio

import pytest

from olmocr_core.domain.models import Completion
from olmocr_core.domain.ports import Engine, EngineIdentity, PageRequest
from olmocr_core.domain.settings import Settings
from olmocr_core.engines.base import EngineDefaults
from olmocr_core.reading.front_matter import MalformedAnswer
from tests.core.engines.serving import request
from tests.core.fakes import recipe


class Least(EngineDefaults):
    """An engine with nothing but what an engine must have."""

    identity = EngineIdentity(name="least", model="none")
    concurrency = 1

    async def transcribe(self, request: PageRequest) -> Completion:
        return Completion(answer=f"page {request.page.page_number}")


async def test_three_members_make_an_engine() -> None:
    engine: Engine = Least()
    settings = Settings()
    assert (await engine.transcribe(request(7))).answer == "page 7"
    assert recipe(engine).engine.label == "least:none"
    assert (engine.device, engine.idle_slots, engine.serving()) == ("cpu", 0, None)
    assert engine.adapt_settings(settings) is settings
    await engine.aclose()


def test_answers_are_front_matter_and_markdown() -> None:
    head = "---\nprimary_language: en\nis_rotation_valid: True\nrotation_correction: 0\nis_table: False\nis_diagram: False\n"
    assert Least().parse(f"{head}---\n# Title").text == "# Title"
    with pytest.raises(MalformedAnswer):
        Least().parse("# Title")


async def test_a_pause_lasts_as_long_as_it_should() -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()
    await Least().pause(0.02)
    assert loop.time() - began >= 0.02
