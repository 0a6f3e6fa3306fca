"""What a site may choose, and what it is told when it chooses wrongly."""

from __future__ import annotations

from pathlib import Path

import pytest

from deployments.site import Site, load_site, make_absolute
from olmocr_core.domain.errors import UsageError


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in list(os.environ):
        if name.startswith("SITE_"):
            monkeypatch.delenv(name)


def test_the_defaults_are_absolute_paths_on_this_machine(tmp_path: Path) -> None:
    variables = load_site(()).variables
    assert variables["olmocr_night_sources"] == [str(Path.cwd() / "inbox")]
    assert variables["olmocr_workspace"] == str(Path.cwd() / "workspace")
    assert variables["olmocr_night_cron"] == "0 2 * * *"


def test_the_environment_comes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "site.env").write_text("SITE_TIMEZONE=Europe/Paris\nSITE_GPU_SHARDS=4\nUNRELATED=1\n")
    monkeypatch.setenv("SITE_TIMEZONE", "Asia/Tokyo")
    site = load_site((tmp_path / "site.env",))
    assert (site.timezone, site.gpu_shards) == ("Asia/Tokyo", 4)


def test_sources_are_separated_by_commas_and_uris_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SITE_SOURCES", "s3://in/a/, /data/scans ,inbox")
    sources = load_site(()).variables["olmocr_night_sources"]
    assert sources == ["s3://in/a/", "/data/scans", str(Path.cwd() / "inbox")]


def test_options_are_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SITE_OPTIONS", '{"server": "http://gpu:30000/v1"}')
    assert load_site(()).options == {"server": "http://gpu:30000/v1"}


@pytest.mark.parametrize("name", ["SITE_OPTIONS", "SITE_BENCH_OPTIONS"])
def test_options_hold_no_password(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, '{"server": "http://user:hunter2@gpu:30000/v1"}')
    with pytest.raises(UsageError, match=f"^{name}: .*OLMOCR_API_KEY") as refused:
        load_site(())
    assert "hunter2" not in str(refused.value)


def test_the_benchmark_reads_as_the_nights_do_unless_told_otherwise() -> None:
    given = {"options": {"server": "http://gpu:30000/v1"}, "engine": "server"}
    variables = Site.model_validate(given).variables
    assert (variables["olmocr_bench_engine"], variables["olmocr_bench_options"]) == ("server", given["options"])
    variables = Site.model_validate({**given, "bench_engine": "cpu", "bench_options": {}}).variables
    assert (variables["olmocr_bench_engine"], variables["olmocr_bench_options"]) == ("cpu", {})
    assert variables["olmocr_options"] == given["options"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SITE_TIMEZONE", "Mars/Olympus"),
        ("SITE_SOURCES", " , "),
        ("SITE_POOL_TYPE", "mainframe"),
        ("SITE_GPU_SHARDS", "0"),
        ("SITE_ENGINE", "magic"),
        ("SITE_HEARTBEAT_SECONDS", "1"),
    ],
)
def test_a_wrong_choice_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(UsageError, match=name):
        load_site(())


def test_a_webhooks_address_is_a_secret() -> None:
    assert "hunter2" not in repr(Site(webhook_url="https://hooks.example/hunter2"))


def test_a_home_is_expanded() -> None:
    assert make_absolute("~/x") == str(Path("~/x").expanduser())
