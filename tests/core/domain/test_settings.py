from pathlib import Path

import pytest

from olmocr_core.domain.errors import UsageError
from olmocr_core.domain.settings import Settings, load_settings


def test_later_sources_win(tmp_path: Path) -> None:
    profile = tmp_path / "profile.toml"
    profile.write_text("engine = 'cpu'\n[limits]\npage_seconds = 1\nmax_pages = 10\n[render]\nlongest_side = 999\n")
    environ = {"OLMOCR_LIMITS__PAGE_SECONDS": "2", "OLMOCR_RENDER__LONGEST_SIDE": "1000", "OTHER": "x"}
    settings = load_settings({"render": {"longest_side": 1001}}, environ=environ, profile=profile)
    assert settings.engine == "cpu"
    assert settings.limits.max_pages == 10
    assert settings.limits.page_seconds == 2
    assert settings.render.longest_side == 1001


def test_none_is_not_given() -> None:
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


def test_lists_come_from_the_environment_with_commas() -> None:
    settings = load_settings(environ={"OLMOCR_PUBLISH__FORMATS": "dolma, markdown"})
    assert settings.publish.formats == ("dolma", "markdown")


def test_a_profile_that_cannot_be_read_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"missing\.toml"):
        load_settings(environ={"OLMOCR_PROFILE": str(tmp_path / "missing.toml")})
