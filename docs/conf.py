"""Sphinx: Markdown sources, one theme, warnings are errors (see ``make docs``)."""

from importlib import metadata

try:
    release = metadata.version("olmocr-flows")
except metadata.PackageNotFoundError:
    release = "0+source"

project = "olmocr-flows"
author = "the olmocr-flows authors"
copyright = author
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
html_theme = "furo"
html_title = f"{project} {release}"
