from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from olmocr_core.domain.output_formats import FORMATS
from olmocr_core.domain.settings import Publish
from olmocr_core.publish.formats import output_format, part_writers, source_format
from tests.core.publish.records import context, one_of_each, publish


def test_every_module_of_the_registry_holds_a_format_of_one_kind() -> None:
    for name, module in FORMATS.items():
        each = output_format(name)
        assert each is importlib.import_module(module).FORMAT
        assert (each.open_part is None) != (each.open_sources is None)


@pytest.mark.parametrize("name", FORMATS)
def test_the_files_of_a_format_lie_in_the_folder_of_its_name(tmp_path: Path, name: str) -> None:
    manifest = publish(one_of_each(), context(tmp_path), Publish.model_validate({"formats": [name]}))
    assert {file.path.partition("/")[0] for file in manifest.files} == {name}


def test_writers_follow_the_settings(tmp_path: Path) -> None:
    def writers(*formats: str) -> list[str]:
        return [type(each).__name__ for each in part_writers(tmp_path, Publish(formats=formats), 0)]  # type: ignore[arg-type]

    assert writers("dolma", "markdown") == ["DolmaWriter"]
    assert writers("parquet") == ["TableWriter", "TableWriter"]
    assert writers("markdown") == []


def test_the_format_with_a_file_a_source_is_found_among_the_others() -> None:
    assert source_format(Publish(formats=("dolma", "markdown"))) == ("markdown", output_format("markdown"))
    assert source_format(Publish(formats=("dolma", "parquet"))) is None
