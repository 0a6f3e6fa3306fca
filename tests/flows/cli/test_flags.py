"""Every flag reaches its setting."""

from __future__ import annotations

import argparse

import pytest

from flows.cli.flags import settings_from_flags, without_none
from flows.cli.main import parse
from olmocr_core.domain.errors import UsageError
from olmocr_core.domain.load_settings import load_settings
from olmocr_core.domain.settings import Settings


def flags(*arguments: str) -> argparse.Namespace:
    return parse(["run", "a.pdf", *arguments])


def settings(*arguments: str) -> Settings:
    return load_settings(settings_from_flags(flags(*arguments)), environ={})


def test_no_flags_change_no_settings() -> None:
    assert settings() == Settings()
    assert load_settings(settings_from_flags(flags()), environ={"OLMOCR_RETRY_FAILED": "true"}).retry_failed


def test_every_flag_reaches_its_setting() -> None:
    chosen = settings(
        *("--server", "http://gpu:30000/v1", "--model", "m", "--formats", "dolma, markdown", "--workers", "3"),
        *("--pages-per-task", "20", "--password-file", "pw.txt", "--retry-failed"),
    )
    assert (chosen.server, chosen.model, chosen.password_file) == ("http://gpu:30000/v1", "m", "pw.txt")
    assert chosen.publish.formats == ("dolma", "markdown")
    assert (chosen.orchestration.workers, chosen.orchestration.pages_per_task) == (3, 20)
    assert chosen.retry_failed


def test_auto_is_a_size_too() -> None:
    assert settings("--pages-per-task", "auto").orchestration.pages_per_task == "auto"


def test_set_reaches_any_setting() -> None:
    chosen = settings("--set", "render.encoding=png", "--set", "quality.min_chars=200", "--set", "engine=instant")
    assert (chosen.render.encoding, chosen.quality.min_chars, chosen.engine) == ("png", 200, "instant")
    assert settings("--set", "password_file=a=b.txt").password_file == "a=b.txt"


@pytest.mark.parametrize("value", ["0", "-1", "many", "1.5", ""])
def test_a_size_is_auto_or_a_number_from_one(value: str) -> None:
    with pytest.raises(UsageError, match="pages-per-task"):
        settings(f"--pages-per-task={value}")


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        ("render.encoding", "write KEY=VALUE"),
        ("=png", "write KEY=VALUE"),
        ("engine.name=cpu", "setting 'engine'"),
        ("server.url=x", "server is not a group"),
    ],
)
def test_set_wants_a_key_and_a_value(assignment: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        settings("--server", "http://x", "--set", assignment)


def test_bench_takes_the_flags_of_an_engine_and_publishes_markdown() -> None:
    arguments = parse(
        ["bench", "data", "--server", "http://gpu:30000/v1", "--model", "m", "--set", "render.encoding=png"]
    )
    chosen = load_settings(settings_from_flags(arguments), environ={})
    assert (chosen.server, chosen.model, chosen.render.encoding) == ("http://gpu:30000/v1", "m", "png")
    assert chosen.publish.formats == ("markdown",)


def test_flags_that_were_not_given_reach_no_form() -> None:
    assert without_none(settings_from_flags(flags())) == {}
    assert without_none(settings_from_flags(flags("--workers", "3"))) == {"orchestration": {"workers": 3}}
