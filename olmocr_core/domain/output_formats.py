"""The formats of the dataset, by name. A new one is a module with an ``OutputFormat``, and one line in ``FORMATS``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator

# Modules are imported when their format is written: Arrow takes a third of a second to load.
FORMATS: Mapping[str, str] = {
    "dolma": "olmocr_core.publish.dolma",
    "parquet": "olmocr_core.publish.tables",
    "markdown": "olmocr_core.publish.markdown",
}


def check_format(name: str) -> str:
    """The name. Raises ValueError for one that no format has."""
    if name not in FORMATS:
        raise ValueError(f"there is no format {name!r}; formats: {', '.join(FORMATS)}")
    return name


FormatName = Annotated[str, AfterValidator(check_format)]
"""The type of a setting that names a format."""
