"""The part of Prefect's REST API that flow runs need; the package itself takes seconds to import."""

from __future__ import annotations

import secrets
from typing import Any

import httpx

DEPLOYMENT = "convert/on-demand"
_SECONDS = 30.0
_NO_CSRF = frozenset({404, 422})


class PrefectAway(Exception):
    """The API does not answer now; the message says why."""


class PrefectRefused(Exception):
    """The API refuses a request for good; the message says why."""


class PrefectApi:
    """One API, by its URL (``http://HOST:4200/api``) and the auth string of its server, empty where it has none."""

    def __init__(self, url: str, auth: str = "") -> None:
        self._url = url.rstrip("/")
        user, _, password = auth.partition(":")
        self._client = httpx.AsyncClient(
            base_url=f"{self._url}/", timeout=_SECONDS, auth=httpx.BasicAuth(user, password) if auth else None
        )
        self._client_id = secrets.token_hex(16)

    async def aclose(self) -> None:
        """Close its connections."""
        await self._client.aclose()

    def page(self, run_id: str) -> str:
        """Where people see a flow run."""
        return f"{self._url.removesuffix('/api')}/runs/flow-run/{run_id}"

    async def start(self, parameters: dict[str, Any], key: str) -> str:
        """Start a flow run, or find the one that ``key`` has started; its id."""
        deployment = await self._ask("GET", f"deployments/name/{DEPLOYMENT}")
        body = {
            "parameters": parameters,
            "idempotency_key": key,
            "tags": ["olmocr-serve"],
            "state": {"type": "SCHEDULED"},
        }
        made = await self._ask("POST", f"deployments/{deployment['id']}/create_flow_run", body)
        return str(made["id"])

    async def state(self, run_id: str) -> str:
        """The type of the state of a flow run, such as RUNNING; MISSING if it was deleted."""
        found = await self._ask("GET", f"flow_runs/{run_id}", missing_ok=True)
        return str(found.get("state_type") or "PENDING") if found else "MISSING"

    async def cancel(self, run_id: str) -> None:
        """Let a flow run be cancelled."""
        body = {"state": {"type": "CANCELLING", "name": "Cancelling"}, "force": False}
        await self._ask("POST", f"flow_runs/{run_id}/set_state", body, missing_ok=True)

    async def _ask(
        self, method: str, path: str, body: dict[str, Any] | None = None, *, missing_ok: bool = False
    ) -> dict[str, Any]:
        try:
            headers = await self._csrf() if method == "POST" else {}
            answer = await self._client.request(method, path, json=body, headers=headers)
        except httpx.HTTPError as error:
            raise PrefectAway(f"the Prefect API does not answer: {type(error).__name__}") from error
        if answer.status_code >= 500 or answer.status_code in (408, 429):
            raise PrefectAway(f"the Prefect API answers {answer.status_code}")
        if answer.status_code == 404 and missing_ok:
            return {}
        if answer.is_error:
            raise PrefectRefused(f"the Prefect API answers {answer.status_code} to {path}: {answer.text[:300]}")
        return dict(answer.json())

    async def _csrf(self) -> dict[str, str]:
        answer = await self._client.get("csrf-token", params={"client": self._client_id})
        if answer.status_code in _NO_CSRF:
            return {}
        token = answer.json().get("token", "") if answer.is_success else ""
        return {"Prefect-Csrf-Token": token, "Prefect-Csrf-Client": self._client_id}
