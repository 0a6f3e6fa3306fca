"""The second renderer and its failures."""

from __future__ import annotations

from pathlib import Path

import pytest

from olmocr_core.domain.errors import RenderFailed
from olmocr_core.pdf import poppler


def fake_pdftoppm(folder: Path, behaviour: str) -> None:
    for name, body in (("pdfinfo", "echo 'Pages: 1'"), ("pdftoppm", behaviour)):
        tool = folder / name
        tool.write_text(f"#!/bin/sh\n[ \"$1\" = -v ] && {{ echo 'pdftoppm version 22.12.0' >&2; exit 0; }}\n{body}\n")
        tool.chmod(0o755)


@pytest.mark.parametrize(
    ("behaviour", "said"),
    [
        ("exit 0", "drew nothing"),
        ("printf 'P6\\n1 1\\n255\\nxyz'", "drew nothing"),
        ("echo 'Syntax Error' >&2; exit 1", "drew nothing"),
        ("printf nonsense", "Poppler cannot draw it"),
        ("exec sleep 60", "took longer than 0.06 s"),
    ],
)
def test_poppler_fails_in_many_ways(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, behaviour: str, said: str) -> None:
    fake_pdftoppm(tmp_path, behaviour)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(RenderFailed, match=said):
        poppler.draw_with_poppler(str(tmp_path / "a.pdf"), 1, 100, "", 0.1 if "sleep" in behaviour else 60)


def test_a_flood_on_standard_error_is_drained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_pdftoppm(tmp_path, "head -c 5000000 /dev/zero >&2; printf 'P6\\n2 1\\n255\\nabcdef'")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert poppler.draw_with_poppler(str(tmp_path / "a.pdf"), 1, 2, "", 60).size == (2, 1)
