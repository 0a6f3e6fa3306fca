"""Contract: ``prefect deploy --all`` prints one line for each deployment that it has created."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from olmocr_core.domain.errors import RunError
from tasks.prefect_compat.deploy_command import created, deploy_all

FILE = """
name: two
pull: []
deployments:
  - {name: first, entrypoint: flows.maintenance.maintenance, work_pool: {name: contract}}
  - name: a-second-one-whose-name-alone-is-nearly-as-long-as-a-line-in-a-terminal
    entrypoint: flows.maintenance.maintenance
    work_pool: {name: contract}
"""


@pytest.mark.prefect
@pytest.mark.xdist_group("prefect")
def test_each_deployment_is_named(prefect_api: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_API_URL", prefect_api)
    pool = {"name": "contract", "type": "process"}
    httpx.post(f"{prefect_api}/work_pools/", json=pool, trust_env=False).raise_for_status()
    file = tmp_path / "prefect.yaml"
    file.write_text(FILE)
    lines = deploy_all(file)
    assert len(lines) == 2
    assert lines[0].startswith("Deployment 'maintenance/first' successfully created")
    assert lines[1].startswith("Deployment 'maintenance/a-second-one")


@pytest.mark.prefect
@pytest.mark.xdist_group("prefect")
def test_a_file_that_cannot_be_deployed(prefect_api: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_API_URL", prefect_api)
    file = tmp_path / "prefect.yaml"
    file.write_text("deployments: [{name: broken, entrypoint: flows.nowhere.nothing}]")
    with pytest.raises(RunError, match="prefect deploy ended with"):
        deploy_all(file)


def test_the_box_around_a_line_is_left_out() -> None:
    output = "╭──╮\n│ Deployment 'f/d' successfully created with id 'x'. │\n╰──╯\nother"
    assert created(output) == ["Deployment 'f/d' successfully created with id 'x'."]
