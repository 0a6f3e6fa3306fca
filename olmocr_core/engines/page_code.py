"""The code and the libraries that draw a page and read its text layer: part of page images and of engines' identities.

A test holds these lists against the imports.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from olmocr_core.domain.identity import value_digest
from olmocr_core.engines.code_digest import code_digest

DRAWING_CODE = (
    "olmocr_core.domain.geometry",
    "olmocr_core.domain.models",
    "olmocr_core.domain.text_cleaning",
    "olmocr_core.pdf",
)
PAGE_CODE = (
    *DRAWING_CODE,
    "olmocr_core.documents.language",
    "olmocr_core.layout",
    "olmocr_core.reading.text_layer_trust",
    "olmocr_core.reading.text_similarity",
)
# Module and the distributions that may hold it; the first that is installed counts.
PAGE_LIBRARIES: Mapping[str, Sequence[str]] = {
    "PIL": ("pillow",),
    "cv2": ("opencv-python-headless", "opencv-python", "opencv-contrib-python-headless", "opencv-contrib-python"),
    "py3langid": ("py3langid",),
    "pypdf": ("pypdf",),
    "pypdfium2": ("pypdfium2",),
}


def drawing_digest() -> str:
    """The digest of all that draws page images and tells blank pages from others."""
    return value_digest([code_digest(*DRAWING_CODE), find_library_versions(PAGE_LIBRARIES)])


def find_library_versions(libraries: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """The installed version of each library, by its distribution; of pypdfium2 also its build of PDFium.

    Nothing is imported: the process that plans a run loads none of them.
    """
    found = {name: number for names in libraries.values() for name, number in _installed(names)[:1]}
    return found | {"pdfium": _pdfium_build()} if "pypdfium2" in found else found


def _installed(names: Sequence[str]) -> list[tuple[str, str]]:
    found = []
    for name in names:
        try:
            found.append((name, version(name)))
        except PackageNotFoundError:
            continue
    return found


def _pdfium_build() -> str:
    spec = find_spec("pypdfium2_raw")
    folder = next(iter(spec.submodule_search_locations or ()), None) if spec else None
    if folder is None:
        return ""
    facts = json.loads((Path(folder) / "version.json").read_text("utf-8"))
    return ".".join(str(facts[name]) for name in ("major", "minor", "build", "patch"))
