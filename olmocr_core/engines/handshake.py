"""What is settled with a server before the first page: model, dialect, context, and constrained decoding."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from olmocr_core.domain.errors import EngineUnavailable, OlmocrError, RunError, UsageError
from olmocr_core.engines.chat import ChatCall, StreamedAnswer, TimeLimits, stream_chat
from olmocr_core.engines.clients import Clients
from olmocr_core.engines.dialect import Dialect, ServerUrl, detect_dialect
from olmocr_core.engines.replies import ChatFault, make_error

_PROOF = "olmocr-flows-obeys-7"


@dataclass(frozen=True, slots=True)
class Peer:
    """A server that was greeted: its connections, model, dialect, and context in tokens."""

    url: ServerUrl
    clients: Clients
    model: str
    root: str
    dialect: Dialect
    context: int | None = None

    @property
    def chat_url(self) -> str:
        """The URL of chat completions."""
        return f"{self.url.api}/chat/completions"

    async def is_healthy(self) -> bool:
        """Whether the server answers its health route, on a connection apart from those of pages."""
        path = self.dialect.health_path
        try:
            response = await self.clients.aside.get(f"{self.url.root}{path}" if path else f"{self.url.api}/models")
        except httpx.RequestError:
            return False
        return response.is_success


async def greet(url: ServerUrl, clients: Clients, wanted: str | None) -> Peer:
    """Ask a server for its model and kind.

    Raises EngineUnavailable when it does not answer, UsageError when it does not serve the wanted model.
    """
    client = clients.aside
    models = await _json(client, f"{url.api}/models", url)
    listed = [model for model in models.get("data") or () if isinstance(model, dict) and model.get("id")]
    model = _pick(listed, wanted, url)
    dialect = detect_dialect(models, None)
    if dialect.name == "generic":
        dialect = detect_dialect(models, await _optional_json(client, f"{url.root}/server_info"))
    length = model.get("max_model_len")
    context = length if isinstance(length, int) and length > 0 else None
    return Peer(url, clients, str(model["id"]), str(model.get("root") or ""), dialect, context)


async def prove_constraint(peer: Peer, limits: TimeLimits) -> None:
    """Constrain the server to an answer that no model would give: one that ignores constraints answers something else.

    Raises RunError when it does not obey, UsageError when its dialect has no constraints.
    """
    body = {
        "model": peer.model,
        "messages": [{"role": "user", "content": "Say good morning."}],
        "max_tokens": 64,
        "temperature": 0,
        "stream": True,
        **peer.dialect.constrained(_PROOF),
    }
    answer = StreamedAnswer()
    try:
        await stream_chat(peer.clients.aside, ChatCall(peer.chat_url, json.dumps(body).encode(), limits), answer)
    except ChatFault as error:
        raise EngineUnavailable(f"{peer.url.label}: {error}", error.retry_after) from error
    except OlmocrError as error:
        raise RunError(
            f"{peer.url.label} refuses constrained decoding ({error}); set inference.constrained = false"
        ) from error
    if answer.text.strip() != _PROOF:
        raise RunError(
            f"{peer.url.label} ignores constrained decoding: it was held to {_PROOF!r} and wrote {answer.text[:60]!r}; "
            "start it with a grammar backend or set inference.constrained = false"
        )


def _pick(listed: list[dict[str, Any]], wanted: str | None, url: ServerUrl) -> dict[str, Any]:
    names = ", ".join(str(model["id"]) for model in listed[:20]) or "none"
    if wanted is None:
        if len(listed) == 1:
            return listed[0]
        raise UsageError(f"{url.label} serves {len(listed)} models ({names}): choose one with --model")
    for model in listed:
        if wanted in (model["id"], model.get("root")):
            return model
    raise UsageError(f"{url.label} does not serve the model {wanted!r}; it serves: {names}")


async def _json(client: httpx.AsyncClient, address: str, url: ServerUrl) -> Mapping[str, Any]:
    try:
        response = await client.get(address)
        if response.status_code != httpx.codes.OK:
            raise _refused(response, url)
        found = response.json()
    except httpx.RequestError as error:
        raise EngineUnavailable(f"no answer from {url.label}: {str(error) or type(error).__name__}") from error
    except ValueError as error:
        raise EngineUnavailable(f"{url.label} answers {address.rsplit('/', 1)[-1]} with no JSON") from error
    if not isinstance(found, dict):
        raise EngineUnavailable(f"{url.label} answers {address.rsplit('/', 1)[-1]} with no JSON object")
    return found


def _refused(response: httpx.Response, url: ServerUrl) -> OlmocrError:
    error = make_error(response.status_code, response.content, response.headers.get("retry-after"))
    if isinstance(error, ChatFault):
        return EngineUnavailable(f"{url.label}: {error}", error.retry_after)
    return RunError(f"{url.label}: {error}")


async def _optional_json(client: httpx.AsyncClient, address: str) -> Mapping[str, Any] | None:
    try:
        found = (await client.get(address)).json()
    except (httpx.RequestError, ValueError):
        return None
    return found if isinstance(found, dict) else None
