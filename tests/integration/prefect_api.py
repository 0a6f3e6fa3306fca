"""The Prefect server as a person with curl sees it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import httpx

from tests.integration.processes import wait_for
from tests.server_client import ServerClient

FINAL = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")


class PrefectApi:
    """Questions and orders by REST; a server that is away for a moment is asked again by ``wait``."""

    def __init__(self, url: str, auth: str) -> None:
        self.url = f"{url}/api"
        self._client = ServerClient(self.url, auth)

    def close(self) -> None:
        """Let go of connections."""
        self._client.close()

    def healthy(self) -> bool:
        """Whether it answers."""
        try:
            return self._client.get("/health").status_code == 200
        except httpx.HTTPError:
            return False

    def get(self, path: str) -> Any:
        """The answer's JSON."""
        return _answer(lambda: self._client.get(path))

    def post(self, path: str, body: Any) -> Any:
        """The answer's JSON."""
        return _answer(lambda: self._client.post(path, json=body))

    def start_night(self, **parameters: object) -> str:
        """Start ``nightly-ingestion/nightly`` now; the flow run's id comes back."""
        deployment = self.get("/deployments/name/nightly-ingestion/nightly")["id"]
        body = {"parameters": parameters, "state": {"type": "SCHEDULED", "message": "by the tests"}}
        return str(self.post(f"/deployments/{deployment}/create_flow_run", body)["id"])

    def flow_run(self, run: str) -> dict[str, Any]:
        """A flow run; empty while the server is away."""
        try:
            found: dict[str, Any] = self.get(f"/flow_runs/{run}")
        except httpx.HTTPError:
            return {}
        return found

    def state(self, run: str) -> str:
        """The type of its state; ``AWAY`` while the server does not answer."""
        return str(self.flow_run(run).get("state_type", "AWAY"))

    def ended(self, run: str, seconds: float, every: float = 0.2) -> dict[str, Any]:
        """The flow run when it is final, asked for ``every`` so many seconds. Raises TooLate."""

        def look() -> dict[str, Any]:
            found = self.flow_run(run)
            return found if found.get("state_type") in FINAL else {}

        return wait_for(f"the end of flow run {run} (now {self.state(run)})", look, seconds, every)

    def comes_to(self, run: str, state: str, seconds: float) -> None:
        """Wait until a flow run is in a state, whatever it was thought to be before. Raises TooLate."""
        wait_for(f"{state} of flow run {run} (now {self.state(run)})", lambda: self.state(run) == state, seconds)

    def shards(self, night: str) -> list[dict[str, Any]]:
        """The flow runs that a night has started on pools; empty while the server is away."""
        body = {"flow_runs": {"parent_flow_run_id": {"any_": [night]}}, "sort": "START_TIME_ASC"}
        try:
            found: list[dict[str, Any]] = self.post("/flow_runs/filter", body)
        except httpx.HTTPError:
            return []
        return found

    def running_on(self, pool: str) -> str:
        """The id of a flow run that runs on a pool, whoever started it; empty for none, or while the server is away."""
        body = {
            "flow_runs": {"state": {"type": {"any_": ["RUNNING"]}}},
            "work_pools": {"name": {"any_": [pool]}},
        }
        try:
            found = self.post("/flow_runs/filter", body)
        except httpx.HTTPError:
            return ""
        return str(found[0]["id"]) if found else ""

    def history(self, run: str) -> list[tuple[str, str]]:
        """The states that a flow run went through: type and message."""
        found = self.get(f"/flow_run_states/?flow_run_id={run}")
        return [(state["type"], state["message"] or "") for state in sorted(found, key=lambda one: one["timestamp"])]

    def unfinished(self) -> list[str]:
        """Every flow run that has begun and not come to an end."""
        body = {"flow_runs": {"state": {"type": {"any_": ["PENDING", "RUNNING", "CANCELLING", "PAUSED"]}}}}
        return [f"{found['name']}: {found['state_name']}" for found in self.post("/flow_runs/filter", body)]

    def cancel(self, run: str) -> None:
        """What the button in the UI does."""
        state = {"type": "CANCELLING", "name": "Cancelling"}
        self.post(f"/flow_runs/{run}/set_state", {"state": state, "force": False})

    def declare_dead(self, run: str, message: str) -> None:
        """What the automation for silent flow runs does; nothing happens to a run that is final."""
        state = {"type": "CRASHED", "name": "Crashed", "message": message}
        self.post(f"/flow_runs/{run}/set_state", {"state": state, "force": False})

    def retry(self, run: str) -> None:
        """What the button in the UI does."""
        state = {"type": "SCHEDULED", "name": "AwaitingRetry", "message": "Retry from the UI"}
        self.post(f"/flow_runs/{run}/set_state", {"state": state, "force": False})

    def task_states(self, run: str) -> Counter[str]:
        """How the task runs of a flow run stand."""
        body = {"flow_runs": {"id": {"any_": [run]}}, "limit": 200}
        return Counter(found["state_type"] for found in self.post("/task_runs/filter", body))

    def logs(self, run: str) -> str:
        """What a flow run and its shards have said, for failures."""
        ids = [run, *(found["id"] for found in self.shards(run))]
        body = {"logs": {"flow_run_id": {"any_": ids}}, "limit": 200, "sort": "TIMESTAMP_ASC"}
        try:
            lines = [entry["message"] for entry in self.post("/logs/filter", body)]
        except httpx.HTTPError as error:
            lines = [f"no logs: {error}"]
        return "\n".join(lines)


def _answer(ask: Callable[[], httpx.Response]) -> Any:
    """The JSON of an answer. 503 is a database whose one writer is another: its clients ask again, as Prefect's own do."""
    answer = wait_for("an answer", lambda: _unless_busy(ask()), 30)
    return answer.raise_for_status().json()


def _unless_busy(answer: httpx.Response) -> httpx.Response | None:
    return None if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE else answer
