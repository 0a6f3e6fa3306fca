"""Cross-checks by pypdf and pdfminer.six, which may hang or break."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from olmocr_core.pdf import cross_check
from tests.core.pdf.making import document, many_pages


class Hangs:
    def __init__(self, *_: Any):
        while True:
            pass


class Breaks:
    def __init__(self, *_: Any):
        raise RecursionError("too deep")


@pytest.mark.parametrize("behaviour", [Hangs, Breaks])
def test_pdfminer_may_hang_or_break(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, behaviour: type) -> None:
    import pdfminer.high_level

    of = document(tmp_path / "a.pdf", many_pages(2))
    found = cross_check.extract_page_text(of.location, 2, "", 30)
    assert found is not None
    assert found.strip() == "Page number 2"
    monkeypatch.setattr(pdfminer.high_level, "extract_text", lambda *_, **__: behaviour())
    assert cross_check.extract_page_text(of.location, 2, "", 0.2) is None
