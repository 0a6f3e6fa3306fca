"""Sphinx: Markdown sources, one theme, warnings are errors (see ``make docs``)."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]
# The reference of docs/api.md is made from this checkout, installed or not.
sys.path.insert(0, str(REPOSITORY))
# Not from the installed package: its metadata is older than a version that has just been set.
release = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]["version"]

project = "olmocr-flows"
author = "the olmocr-flows authors"
copyright = author
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
html_theme = "furo"
html_title = f"{project} {release}"

autodoc_default_options = {"members": True, "undoc-members": True, "exclude-members": "model_config"}
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_use_legacy_class_based = False
python_use_unqualified_type_names = True


def setup(app: Any) -> None:
    """Leave the generated signature of pydantic models out: their fields stand below, each with its type."""

    def without_signature(app: Any, what: str, name: str, item: Any, *_: Any) -> tuple[str, str] | None:
        return ("", "") if what == "class" and hasattr(item, "model_fields") else None

    app.connect("autodoc-process-signature", without_signature)
