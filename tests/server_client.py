"""A Prefect server's REST API as anybody with an HTTP client sees it: auth string, CSRF token, 503 while SQLite is busy."""

from __future__ import annotations

import time
import uuid
from typing import Any

import httpx

CHANGES = ("POST", "PUT", "PATCH", "DELETE")
BUSY_SECONDS = 90


class ServerClient(httpx.Client):
    """An HTTP client of one Prefect server: ``auth`` is ``user:password`` or empty, paths are relative to ``/api``."""

    def __init__(self, api_url: str, auth: str = "") -> None:
        pair = (auth.partition(":")[0], auth.partition(":")[2]) if auth else None
        super().__init__(base_url=api_url, auth=pair, trust_env=False, timeout=30)
        self._client_id = str(uuid.uuid4())

    def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        """Send; add the CSRF token to changes; ask again for as long as SQLite is busy, as Prefect's own client does."""
        if request.method in CHANGES and "Prefect-Csrf-Token" not in self.headers:
            self._fetch_token()
        request.headers.update(self.headers)
        deadline = time.monotonic() + BUSY_SECONDS
        while True:
            response = super().send(request, **options)
            if response.status_code != httpx.codes.SERVICE_UNAVAILABLE or time.monotonic() > deadline:
                return response
            time.sleep(0.2)

    def _fetch_token(self) -> None:
        answer = self.get("/csrf-token", params={"client": self._client_id})
        if answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY:
            return  # This server does not ask for tokens.
        token = answer.raise_for_status().json()["token"]
        self.headers.update({"Prefect-Csrf-Token": token, "Prefect-Csrf-Client": self._client_id})
