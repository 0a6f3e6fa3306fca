from pathlib import Path

import pytest

from olmocr_core.domain.errors import UsageError
from olmocr_core.domain.load_settings import load_settings
from olmocr_core.domain.settings import Settings


def test_later_sources_win(tmp_path: Path) -> None:
    profile = tmp_path / "profile.toml"
    profile.write_text("engine = 'cpu'\n[limits]\npage_seconds = 1\nmax_pages = 10\n[render]\nlongest_side = 999\n")
    environ = {"OLMOCR_LIMITS__PAGE_SECONDS": "2", "OLMOCR_RENDER__LONGEST_SIDE": "1000", "OTHER": "x"}
    settings = load_settings({"render": {"longest_side": 1001}}, environ=environ, profile=profile)
    assert settings.engine == "cpu"
    assert settings.limits.max_pages == 10
    assert settings.limits.page_seconds == 2
    assert settings.render.longest_side == 1001


def test_none_counts_as_not_given() -> None:
    assert load_settings({"engine": None, "publish": {"formats": None}}, environ={}) == Settings()


@pytest.mark.parametrize(
    ("overrides", "environ", "key"),
    [
        ({"limit": {}}, {}, "limit"),
        ({"limits": {"page_second": 1}}, {}, "limits.page_second"),
        ({}, {"OLMOCR_RENDRE__DPI": "1"}, "rendre"),
        ({"render": {"jpeg_quality": 101}}, {}, "render.jpeg_quality"),
    ],
)
def test_unknown_and_wrong_keys_are_named(overrides: dict[str, object], environ: dict[str, str], key: str) -> None:
    with pytest.raises(UsageError, match=key):
        load_settings(overrides, environ=environ)


@pytest.mark.parametrize(
    ("variables", "profile", "told"),
    [
        (
            {"OLMOCR_RENDRE__DPI": "1"},
            "",
            "setting 'rendre' (environment variable OLMOCR_RENDRE__DPI): there is no such",
        ),
        ({}, "[limits]\npage_second = 1\n", "setting 'limits.page_second' (profile {profile}): there is no such"),
        (
            {"OLMOCR_RENDER__ENCODING": "gif"},
            "[render]\nencoding = 'png'\n",
            "variable OLMOCR_RENDER__ENCODING): Input",
        ),
        ({"OLMOCR_ORCHESTRATION__PAGES_PER_TASK": "x"}, "", "'orchestration.pages_per_task' (environment variable"),
        (
            {"OLMOCR_PUBLISH__FORMATS": "dolma,xml"},
            "",
            "'publish.formats' (environment variable OLMOCR_PUBLISH__FORMATS)",
        ),
        (
            {"OLMOCR_RENDER__LONGEST_SIDE": "9", "OLMOCR_RENDER": "x"},
            "",
            "'render' (environment variable OLMOCR_RENDER):",
        ),
        ({"OLMOCR_RENDER__LONGEST_SIDE": "900"}, "render = 3", "setting 'render' (profile {profile}): Input should be"),
        ({}, "[inference.profiles.tiny]\nmatch = 3", "setting 'inference.profiles.tiny.match' (profile {profile})"),
    ],
)
def test_errors_name_the_key_and_its_source(tmp_path: Path, variables: dict[str, str], profile: str, told: str) -> None:
    file = tmp_path / "profile.toml"
    file.write_text(profile)
    with pytest.raises(UsageError) as error:
        load_settings(environ=variables, profile=file)
    assert told.format(profile=file) in str(error.value)


def test_a_wrong_flag_is_named_before_what_it_overrides(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"^setting 'render.encoding' \(flag or flow parameter\): Input should be"):
        load_settings({"render": {"encoding": "gif"}}, {"model": "m"}, environ={"OLMOCR_RENDER__ENCODING": "png"})


def test_settings_remember_which_fields_were_set() -> None:
    settings = load_settings({"engine": "cpu"}, environ={"OLMOCR_RENDER__LONGEST_SIDE": "1288"})
    assert settings.model_fields_set == {"engine", "render"}
    assert settings.render.model_fields_set == {"longest_side"}


def test_a_profile_that_cannot_be_read_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"missing\.toml"):
        load_settings(environ={"OLMOCR_PROFILE": str(tmp_path / "missing.toml")})


def test_profile_and_environment_are_parsed_once_until_they_change(tmp_path: Path) -> None:
    profile = tmp_path / "site.toml"
    profile.write_text('engine = "cpu"\n')
    environ = {"OLMOCR_LIMITS__MAX_PAGES": "7"}
    first = load_settings(environ=environ, profile=profile)
    assert load_settings(environ=dict(environ), profile=profile) is first
    assert load_settings({"engine": "instant"}, environ=environ, profile=profile).engine == "instant"
    assert load_settings(environ=environ, profile=profile) is first
    profile.write_text('engine = "replay"\n')
    assert load_settings(environ=environ, profile=profile).engine == "replay"
    assert load_settings(environ={"OLMOCR_LIMITS__MAX_PAGES": "8"}, profile=profile).limits.max_pages == 8


@pytest.mark.parametrize("text", ["a = " + "[" * 5000, "a = " + "9" * 5000], ids=["brackets", "digits"])
def test_a_profile_that_overflows_the_parser_is_named(tmp_path: Path, text: str) -> None:
    profile = tmp_path / "profile.toml"
    profile.write_text(text)
    with pytest.raises(UsageError, match="profile"):
        load_settings(environ={}, profile=profile)


@pytest.mark.parametrize("levels", [12, 5000])
def test_settings_that_are_nested_too_deep_are_named(tmp_path: Path, levels: int) -> None:
    profile = tmp_path / "profile.toml"
    profile.write_text("a" + ".a" * levels + " = 1")
    with pytest.raises(UsageError, match=r"profile .*10 groups deep"):
        load_settings(environ={}, profile=profile)
    variable = "OLMOCR_" + "__".join("a" * levels)
    with pytest.raises(UsageError, match=r"environment variable OLMOCR_A?.*10 groups deep"):
        load_settings(environ={variable: "1"})
