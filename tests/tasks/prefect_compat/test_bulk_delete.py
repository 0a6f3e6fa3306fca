"""Contract: the server deletes flow runs that match a filter, at most fifty a request."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.flows.conftest import REPO

CODE = """
import asyncio, json
from prefect import flow
from prefect.client.orchestration import get_client
from tasks.prefect_compat.bulk_delete import MOST_AT_ONCE, delete_flow_runs

@flow
def forgotten(): ...

async def main():
    async with get_client() as client:
        for _ in range(MOST_AT_ONCE + 2):
            await client.create_flow_run(forgotten, tags=["forgotten"])
        old = {"tags": {"all_": ["forgotten"]}}
        print(json.dumps([await delete_flow_runs(client, old) for _ in range(3)]))

asyncio.run(main())
"""


@pytest.mark.prefect
@pytest.mark.xdist_group("prefect")
def test_flow_runs_go_fifty_at_a_time(environment: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CODE], cwd=REPO, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == [50, 2, 0]
