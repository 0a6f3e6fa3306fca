"""An engine that cannot read the second page."""

from __future__ import annotations

from olmocr_core.domain.models import Completion
from olmocr_core.domain.ports import PageRequest
from olmocr_core.engines.scripted import ScriptedEngine, answer


def _script(request: PageRequest, call: int) -> Completion:
    return answer("good " * 30) if request.page.page_number == 1 else answer("again and again " * 400)


def partial_engine() -> ScriptedEngine:
    """Documents of two pages are partial, or held back."""
    return ScriptedEngine(_script, name="instant")
