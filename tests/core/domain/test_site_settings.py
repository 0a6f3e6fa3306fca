"""What a run may not set: programs, secrets, listening addresses, what workers may reach, and the workspace's own store."""

from __future__ import annotations

from pathlib import Path

import pytest

from olmocr_core.domain.errors import UsageError
from olmocr_core.domain.load_settings import load_settings
from olmocr_core.domain.settings import Settings
from olmocr_core.domain.site_settings import (
    SITE_SETTINGS,
    find_site_settings,
    make_variable_name,
    refuse_site_settings,
)
from olmocr_core.stages.begin_run import begin_run

EXAMPLES = {
    "sglang.python": "/tmp/evil",
    "sglang.arguments": {"tool-server": "evil"},
    "inference.api_key_env": "AWS_SECRET_ACCESS_KEY",
    "inference.metrics_host": "0.0.0.0",
    "inference.metrics_port": 80,
    "limits.isolation": "off",
    "storage.workspace": {"endpoint_url": "http://evil"},
    "storage.scratch": "/etc",
    "storage.source.profile": "admin",
}


def nested(name: str, value: object) -> dict[str, object]:
    for part in reversed(name.split(".")):
        value = {part: value}
    assert isinstance(value, dict)
    return value


def test_every_name_is_a_setting() -> None:
    assert set(EXAMPLES) == set(SITE_SETTINGS)
    for name in SITE_SETTINGS:
        place: object = Settings()
        for part in name.split("."):
            place = getattr(place, part)


@pytest.mark.parametrize("name", SITE_SETTINGS)
def test_a_run_that_sets_one_is_refused_with_the_way_to_do_it(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match=f"a run cannot set it.*OLMOCR_{name.split('.')[0].upper()}__"):
        begin_run(["a.pdf"], str(tmp_path), [nested(name, EXAMPLES[name])])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", SITE_SETTINGS)
def test_the_environment_that_the_refusal_names_sets_it(name: str) -> None:
    values = nested(name, EXAMPLES[name])
    environ = {make_variable_name(found): str(value) for found, value in find_site_settings(values)}
    assert environ
    assert load_settings(environ=environ) == load_settings(values, environ={})


def test_what_was_not_given_is_not_refused() -> None:
    refuse_site_settings({"engine": "cpu", "sglang": {"python": None}, "storage": {"source": {"region": "eu"}}})
