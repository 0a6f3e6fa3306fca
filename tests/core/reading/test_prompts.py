import sys
from types import ModuleType

import pytest

from olmocr_core.domain.errors import UsageError
from olmocr_core.domain.identity import bytes_digest
from olmocr_core.reading.prompts import BUILT_IN_PROMPTS, find_prompt

# Page keys contain the id of a prompt, not its text: a new wording needs a new id and a line here.
GOLDEN = {
    "flows-1": "3c1a054f11ba03f1f6d0d94ca57bbe9ccc961a79f7e27bd1dcf29c8861c9fdbd",
    "flows-markdown-1": "d4ce70d1477bff700115acf434b6315b67dab205a7bad1b3f7babf415ae3eff3",
}


@pytest.mark.parametrize("prompt_id", GOLDEN)
def test_the_wording_of_a_prompt_never_changes_under_its_id(prompt_id: str) -> None:
    assert bytes_digest(find_prompt(prompt_id).encode()) == GOLDEN[prompt_id]


def test_every_prompt_is_golden() -> None:
    assert set(BUILT_IN_PROMPTS) == set(GOLDEN)


def test_the_fields_that_the_parser_needs_are_asked_for() -> None:
    for field in ("primary_language", "is_rotation_valid", "rotation_correction", "is_table", "is_diagram"):
        assert f"{field}:" in find_prompt("flows-1")


@pytest.mark.parametrize("place", ["olmocr.prompts", "olmocr.prompts.prompts"])
def test_a_checkpoints_prompt_comes_from_its_package(monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    for name in ("olmocr", "olmocr.prompts", "olmocr.prompts.prompts"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    monkeypatch.setattr(sys.modules[place], "build_no_anchoring_v4_yaml_prompt", lambda: "Read this.", raising=False)
    assert find_prompt("olmocr-v4") == "Read this."


def test_a_missing_package_is_reported_with_the_install_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "olmocr", None)  # every import of it fails
    with pytest.raises(UsageError, match=r"pip install olmocr .*olmocr-flows\[gpu\]"):
        find_prompt("olmocr-v4")


def test_a_package_without_the_prompt_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("olmocr", "olmocr.prompts", "olmocr.prompts.prompts"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    with pytest.raises(UsageError, match="has no build_no_anchoring_v4_yaml_prompt"):
        find_prompt("olmocr-v4")


def test_an_unknown_id_is_named_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"no prompt 'flows-0'; known prompts: flows-1"):
        find_prompt("flows-0")
