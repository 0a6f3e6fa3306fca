from __future__ import annotations

import pytest

from olmocr_core.domain.output_formats import FORMATS, check_format
from olmocr_core.domain.settings import Publish
from olmocr_core.publish.formats import output_format


def test_the_default_is_every_format() -> None:
    assert Publish().formats == tuple(FORMATS)


def test_every_format_writes_parts_or_a_file_a_source() -> None:
    for name in FORMATS:
        chosen = output_format(name)
        assert (chosen.open_part is None) != (chosen.open_sources is None), name


def test_an_unknown_format_is_told_with_those_that_are_known() -> None:
    assert check_format("dolma") == "dolma"
    with pytest.raises(ValueError, match="there is no format 'xml'; formats: dolma, parquet, markdown"):
        check_format("xml")
