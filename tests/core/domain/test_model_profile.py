import pytest

from olmocr_core.domain.model_profile import ModelProfile


@pytest.mark.parametrize("model", ["Tiny-OCR-1B", "someone/tiny-ocr-1b", "/models/TINY-OCR-1B/"])
def test_case_owner_and_folder_of_a_models_name_do_not_matter(model: str) -> None:
    assert ModelProfile(name="x", match=("*large*", "tiny-ocr-*")).matches(model)


@pytest.mark.parametrize("model", ["large-ocr-1B", "tiny-ocr/base"])
def test_other_models_do_not_match(model: str) -> None:
    assert not ModelProfile(name="x", match=("tiny-ocr-*",)).matches(model)


def test_a_pattern_may_name_the_owner() -> None:
    profile = ModelProfile(name="x", match=("someone/*",))
    assert profile.matches("someone/tiny")
    assert not profile.matches("another/tiny")


def test_a_profile_without_a_prompt_of_its_own_sends_the_one_of_its_id() -> None:
    assert ModelProfile(name="x", prompt_id="olmocr-v4").effective_prompt_id == "olmocr-v4"


def test_the_prompt_id_depends_on_the_wording_of_the_profiles_own_prompt() -> None:
    ids = {ModelProfile(name="x", prompt=prompt).effective_prompt_id for prompt in ("", "Free OCR.", "Other.")}
    assert len(ids) == 3
    assert all(found.startswith("inline-") for found in ids)
