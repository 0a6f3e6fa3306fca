"""The chart, as far as it can be held against the rest without Helm; make test-containers renders it."""

from __future__ import annotations

from pathlib import Path

import yaml

from deployments.site import Site

REPO = Path(__file__).resolve().parents[2]
CHART = REPO / "infra" / "helm" / "olmocr-flows"
VALUES = yaml.safe_load((CHART / "values.yaml").read_text())


def test_the_server_has_the_settings_of_the_other_servers() -> None:
    assert (CHART / "files" / "server.env").read_text() == (REPO / "infra" / "server.env").read_text()


def test_the_environment_of_a_site_is_known() -> None:
    for name in VALUES["site"]:
        assert name.removeprefix("SITE_").lower() in Site.model_fields, name


def test_no_value_is_a_secret() -> None:
    text = (CHART / "values.yaml").read_text()
    assert not [
        line
        for line in text.splitlines()
        if ("PASSWORD:" in line or "_KEY:" in line) and not line.lstrip().startswith("#")
    ]
