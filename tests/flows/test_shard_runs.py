"""Flow runs waited for on a real Prefect server: one question for all of them, whoever waits."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.flows.conftest import REPO

pytestmark = [pytest.mark.prefect, pytest.mark.xdist_group("prefect")]
WAITING = """
import asyncio, json
from prefect import flow
from prefect.states import Completed, Failed, Running
from olmocr_core.domain.errors import RunError
from tasks.shard_runs import FlowRuns

@flow
def shard(): ...

async def main():
    async with FlowRuns() as runs:
        client = runs._client
        questions = []
        client._client.event_hooks["request"].append(lambda request: note(request))
        async def note(request):
            questions.append(request.url.path)
        five = [await client.create_flow_run(shard, state=Running()) for _ in range(5)]
        waiting = [asyncio.create_task(runs.wait_for_end(one)) for one in five]
        while questions.count("/api/flow_runs/filter") < 2:
            await asyncio.sleep(0.05)
        assert not any(task.done() for task in waiting)
        asked = questions.count("/api/flow_runs/filter")
        for one in five[:4]:
            await client.set_flow_run_state(one.id, Failed() if one is five[0] else Completed(), force=True)
        await client.delete_flow_run(five[4].id)
        ended = await asyncio.gather(*waiting, return_exceptions=True)
        again = await runs.wait_for_end(ended[1])
        print(json.dumps({
            "states": [one.state.name for one in ended[:4]],
            "deleted": isinstance(ended[4], RunError) and "was deleted" in str(ended[4]),
            "asked": [asked, questions.count("/api/flow_runs/filter")],
            "one by one": sum("/api/flow_runs/" + str(one.id) == path for one in five[:4] for path in questions),
            "again": again is ended[1],
        }))

asyncio.run(main())
"""


def test_five_that_wait_ask_together(environment: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WAITING],
        cwd=REPO,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["states"] == ["Failed", "Completed", "Completed", "Completed"]
    assert found["deleted"]
    assert found["again"], "one that has ended is not asked for"
    asked, at_the_end = found["asked"]
    assert asked == 2
    assert at_the_end <= asked + 2, "a question for all, not one for each"
    assert found["one by one"] == 0
