"""A password in the address of a server is refused before anything stores it, wherever it was set."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.domain.errors import UsageError
from olmocr_core.domain.load_settings import load_settings
from olmocr_core.domain.settings import Settings
from olmocr_core.stages.begin_run import begin_run
from olmocr_core.storage.runs import RunHeader

SECRET = "hunter2"
ADDRESS = f"http://user:{SECRET}@gpu:30000/v1"


@pytest.mark.parametrize(
    ("override", "environ", "profile", "source"),
    [
        ({"server": ADDRESS}, {}, "", "flag or flow parameter"),
        ({}, {"OLMOCR_SERVER": f"http://one:1,{ADDRESS}"}, "", "environment variable OLMOCR_SERVER"),
        ({}, {}, f"server = '{ADDRESS}'", "profile "),
    ],
)
def test_the_error_names_the_source_and_what_to_do(
    tmp_path: Path, override: dict[str, str], environ: dict[str, str], profile: str, source: str
) -> None:
    (tmp_path / "profile.toml").write_text(profile)
    with pytest.raises(UsageError) as refused:
        load_settings(override, environ=environ, profile=tmp_path / "profile.toml")
    assert f"setting 'server' ({source}" in str(refused.value)
    assert "OLMOCR_API_KEY" in str(refused.value)
    assert SECRET not in str(refused.value)


@given(st.text(), st.text(min_size=1), st.sampled_from(["http://", "https://", "HTTP://", ""]))
def test_no_password_passes_however_it_is_written(user: str, password: str, scheme: str) -> None:
    with pytest.raises(UsageError):
        load_settings({"server": f"{scheme}{user}:{password}@gpu:30000"}, environ={})


@pytest.mark.parametrize("server", [None, "http://gpu:30000/v1", "https://one:1/a/v1, http://[::1]:2"])
def test_addresses_without_one_pass(server: str | None) -> None:
    assert load_settings({"server": server}, environ={}).server == server


def test_a_run_that_is_refused_leaves_no_trace_of_the_password(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="OLMOCR_API_KEY"):
        begin_run(["a.pdf"], str(tmp_path / "ws"), [{"server": ADDRESS}])
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_runs_of_older_versions_stay_readable() -> None:
    settings = Settings(server=ADDRESS)
    header = RunHeader(run="r", created="2026-01-01T00:00:00+00:00", version="0.2", sources=("a",), settings=settings)
    assert RunHeader.model_validate_json(header.model_dump_json()).settings.server == ADDRESS
