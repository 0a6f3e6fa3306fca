"""Contract: a second flow run with a deployment's idempotency key is the first one, and a state keeps its message."""

from __future__ import annotations

import uuid

import pytest

from tasks.prefect_compat.idempotency import NO_HEARTBEAT, is_unheard, next_shard_key, shard_key
from tests.server_client import ServerClient


def test_only_shards_have_a_next_key() -> None:
    assert next_shard_key("transcribe-shard/gpu-abc-1-2-9") == "transcribe-shard/gpu-abc-1-2-10"
    assert next_shard_key(shard_key("render-shard/cpu-abc", 1)) == shard_key("render-shard/cpu-abc", 2)
    assert next_shard_key("scheduled 3f2c 2026-11-25T02:00:00-0") is None
    assert next_shard_key(None) is None


def test_only_the_automations_message_says_that_nobody_saw_the_end() -> None:
    assert is_unheard(f"{NO_HEARTBEAT} 300 seconds: its process, worker or machine is gone.")
    assert not is_unheard("Flow run process exited with non-zero status code -9.")
    assert not is_unheard(None)


@pytest.mark.prefect
@pytest.mark.xdist_group("prefect")
def test_keys_and_messages_on_a_real_server(prefect_client: ServerClient) -> None:
    def post(path: str, body: dict[str, object]) -> dict[str, str]:
        answer: dict[str, str] = prefect_client.post(path, json=body).raise_for_status().json()
        return answer

    flow = post("/flows/", {"name": f"keys-{uuid.uuid4().hex}"})["id"]
    deployment = post("/deployments/", {"name": "d", "flow_id": flow, "entrypoint": "x.y"})["id"]
    key = shard_key(f"transcribe-shard/gpu-{uuid.uuid4().hex}", 1)
    path = f"/deployments/{deployment}/create_flow_run"
    first, second = (post(path, {"idempotency_key": key}) for _ in range(2))
    assert first["id"] == second["id"]
    assert first["idempotency_key"] == key
    assert post(path, {"idempotency_key": next_shard_key(key)})["id"] != first["id"]
    message = f"{NO_HEARTBEAT} 300 seconds: gone."
    state = {"state": {"type": "CRASHED", "name": "Crashed", "message": message}, "force": True}
    post(f"/flow_runs/{first['id']}/set_state", state)
    found = prefect_client.get(f"/flow_runs/{first['id']}").raise_for_status().json()
    assert found["state"]["message"] == message
