"""The recipe: what an answer depends on beside the page. Its digest is part of every page key."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from olmocr_core.domain.identity import page_key, value_digest
from olmocr_core.domain.models import Frozen
from olmocr_core.domain.ports import EngineIdentity
from olmocr_core.domain.settings import Render, Settings

# Increase it when the form or meaning of records changes: pages are then read again and old records stay unused.
RECORD_EPOCH = 1


class Recipe(Frozen):
    """How pages are drawn and read. Equal recipes share page records across runs, slices and machines."""

    epoch: int = RECORD_EPOCH
    render: Render
    engine: EngineIdentity
    max_attempts: int
    temperatures: tuple[float, ...]

    @cached_property
    def digest(self) -> str:
        """The sha256 of the canonical recipe."""
        return value_digest(self._canonical())

    @cached_property
    def render_digest(self) -> str:
        """The sha256 of the settings that page images depend on; all engines share the images."""
        return value_digest(self.render.model_dump(mode="json"))

    def page_key(self, doc_id: str, page_number: int) -> str:
        """The key of a page's record with this recipe."""
        return page_key(doc_id, page_number, self.digest)

    def _canonical(self) -> dict[str, Any]:
        return self.model_dump(mode="json", exclude={"digest", "render_digest"})


def make_recipe(settings: Settings, engine: EngineIdentity) -> Recipe:
    """The recipe from settings and an engine's identity."""
    return Recipe(
        render=settings.render,
        engine=engine,
        max_attempts=settings.ladder.max_attempts,
        temperatures=settings.ladder.temperatures,
    )
