import pytest

from olmocr_core.domain.errors import UsageError
from olmocr_core.domain.load_settings import load_settings
from olmocr_core.domain.models import Transcription
from olmocr_core.reading.front_matter import MalformedAnswer, format_answer
from olmocr_core.reading.model_profiles import BUILT_IN_PROFILES, choose_parser, choose_profile, load_prompt


@pytest.mark.parametrize(
    ("model", "profile"),
    [
        ("allenai/olmOCR-2-7B-1025-FP8", "olmocr-2"),
        ("allenai/olmOCR-2-7B-1025", "olmocr-2"),
        ("/models/olmOCR-2-7B-1025-FP8/", "olmocr-2"),
        ("olmocr", "olmocr-2"),
        ("allenai/olmOCR-7B-0825-FP8", "olmocr-0825"),
        ("allenai/olmOCR-7B-0725", "olmocr-0725"),
        ("reducto/RolmOCR", "plain-markdown"),
        ("Qwen/Qwen2.5-VL-7B-Instruct", "generic"),
    ],
)
def test_a_model_finds_its_profile(model: str, profile: str) -> None:
    assert choose_profile("auto", (model,)).name == profile


def test_names_are_unique() -> None:
    assert len({profile.name for profile in BUILT_IN_PROFILES}) == len(BUILT_IN_PROFILES)


def test_the_root_of_a_model_counts_as_its_name() -> None:
    assert choose_profile("auto", ("allenai/olmOCR-7B-0725-FP8", "served")).name == "olmocr-0725"


def test_the_contract_of_the_current_checkpoint() -> None:
    found = choose_profile("olmocr-2", ())
    assert (found.prompt_id, found.longest_side, found.context, found.max_tokens) == ("olmocr-v4", 1288, 16384, 8000)
    assert found.rotation == "counter_clockwise"


def test_a_checkpoint_that_needs_anchoring_is_refused() -> None:
    with pytest.raises(UsageError, match="anchoring"):
        choose_profile("auto", ("allenai/olmOCR-7B-0225-preview",))


def test_an_unknown_profile_is_named_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"no profile 'olmocr-3'; known profiles: auto, olmocr-2"):
        choose_profile("olmocr-3", ())


def test_another_model_is_one_table_in_settings() -> None:
    table = {"prompt": "Free OCR.", "answer": "markdown", "max_tokens": 4096, "match": ["*tiny-ocr*"]}
    custom = load_settings({"inference": {"profiles": {"tiny": table}}}, environ={}).inference.profiles
    found = choose_profile("auto", ("me/Tiny-OCR-1B",), custom)
    assert (found.name, load_prompt(found), found.max_tokens) == ("tiny", "Free OCR.", 4096)


def test_a_wrong_table_is_named() -> None:
    with pytest.raises(UsageError, match=r"inference\.profiles\.tiny\.anwser"):
        load_settings({"inference": {"profiles": {"tiny": {"anwser": "markdown"}}}}, environ={})


@pytest.mark.parametrize(("said", "meant"), [(0, 0), (90, 270), (180, 180), (270, 90)])
def test_clockwise_corrections_come_out_counter_clockwise(said: int, meant: int) -> None:
    answer = format_answer(
        Transcription.model_validate({"text": "x", "is_rotation_valid": False, "rotation_correction": said})
    )
    assert choose_parser(choose_profile("olmocr-0725", ()))(answer).rotation_correction == meant
    assert choose_parser(choose_profile("olmocr-2", ()))(answer).rotation_correction == said


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("# Title\n\nText\n", "# Title\n\nText"),
        ("```markdown\n# T\n```", "# T"),
        ("None", ""),
        ("", ""),
        ("a\0b", "ab"),
    ],
)
def test_plain_markdown(answer: str, text: str) -> None:
    assert choose_parser(choose_profile("plain-markdown", ()))(answer).text == text


def test_front_matter_stays_required_where_the_profile_says_so() -> None:
    with pytest.raises(MalformedAnswer):
        choose_parser(choose_profile("generic", ()))("# Title")
