"""Contract: ``prefect deploy --all`` prints one line for each deployment that it has created."""

from __future__ import annotations

from pathlib import Path

import pytest

from olmocr_core.domain.errors import RunError
from tasks.prefect_compat.deploy_command import created, deploy_all
from tests.server_client import ServerClient

FILE = """
name: two
pull: []
deployments:
  - {name: first, entrypoint: flows.maintenance.maintenance, work_pool: {name: contract}}
  - name: a-second-one-whose-name-alone-is-nearly-as-long-as-a-line-in-a-terminal
    entrypoint: flows.maintenance.maintenance
    work_pool: {name: contract}
"""


@pytest.fixture
def server(prefect_api: str, prefect_auth: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment names the tests' server."""
    monkeypatch.setenv("PREFECT_API_URL", prefect_api)
    monkeypatch.setenv("PREFECT_API_AUTH_STRING", prefect_auth)


@pytest.mark.prefect
@pytest.mark.xdist_group("prefect")
def test_each_deployment_is_named(server: None, prefect_client: ServerClient, tmp_path: Path) -> None:
    prefect_client.post("/work_pools/", json={"name": "contract", "type": "process"}).raise_for_status()
    file = tmp_path / "prefect.yaml"
    file.write_text(FILE)
    lines = deploy_all(file)
    assert len(lines) == 2
    assert lines[0].startswith("Deployment 'maintenance/first' successfully created")
    assert lines[1].startswith("Deployment 'maintenance/a-second-one")


@pytest.mark.prefect
@pytest.mark.xdist_group("prefect")
def test_a_file_that_cannot_be_deployed(server: None, tmp_path: Path) -> None:
    file = tmp_path / "prefect.yaml"
    file.write_text("deployments: [{name: broken, entrypoint: flows.nowhere.nothing}]")
    with pytest.raises(RunError, match="prefect deploy ended with"):
        deploy_all(file)


def test_the_box_around_a_line_is_left_out() -> None:
    output = "╭──╮\n│ Deployment 'f/d' successfully created with id 'x'. │\n╰──╯\nother"
    assert created(output) == ["Deployment 'f/d' successfully created with id 'x'."]
