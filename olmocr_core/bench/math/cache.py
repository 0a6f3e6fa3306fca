"""A disk cache of rendered equations: a machine renders each equation once."""

from __future__ import annotations

import logging
from pathlib import Path

from pydantic import ValidationError

from olmocr_core.bench.math.drawing import Drawing
from olmocr_core.bench.math.katex import VERSION
from olmocr_core.domain.identity import value_digest
from olmocr_core.storage.files import write_atomic

_log = logging.getLogger(__name__)
# Increase when the content of drawings changes.
_EPOCH = 1


class DrawingCache:
    """JSON files ``<folder>/<aa>/<digest>.json``. If the folder is not writable, rendering only takes longer."""

    def __init__(self, folder: Path, *, with_fonts: bool) -> None:
        self._folder = folder
        self._with_fonts = with_fonts

    def get(self, equation: str) -> Drawing | None:
        """Return the drawing, or None if there is no valid one."""
        try:
            return Drawing.model_validate_json(self._path(equation).read_bytes())
        except (OSError, ValidationError):
            return None

    def put(self, equation: str, drawing: Drawing) -> None:
        """Store a drawing."""
        try:
            write_atomic(self._path(equation), drawing.model_dump_json().encode())
        except OSError as error:
            _log.warning("cannot store drawings in %s: %s", self._folder, error)

    def _path(self, equation: str) -> Path:
        digest = value_digest([_EPOCH, VERSION, self._with_fonts, equation])
        return self._folder / digest[:2] / f"{digest}.json"
