"""What is settled with a server before the first page: model, dialect, context, and constrained decoding."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from olmocr_core.domain.errors import EngineUnavailable, OlmocrError, RunError, UsageError
from olmocr_core.domain.json_parsing import InvalidJson, load_json
from olmocr_core.engines.bounded import MOST_BYTES, Reply
from olmocr_core.engines.chat import ChatCall, StreamedAnswer, TimeLimits, stream_chat
from olmocr_core.engines.clients import Clients
from olmocr_core.engines.dialect import Dialect, ServerUrl, detect_dialect, list_models
from olmocr_core.engines.replies import ChatFault, make_error

_NO_ROUTE = frozenset({404, 405, 501})
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
    lists_models: bool = True

    @property
    def chat_url(self) -> str:
        """The URL of chat completions."""
        return f"{self.url.api}/chat/completions"

    async def is_healthy(self) -> bool:
        """Whether the server answers its health route, on a connection apart from those of pages."""
        path = self.dialect.health_path
        try:
            response = await self.clients.ask(f"{self.url.root}{path}" if path else f"{self.url.api}/models")
        except httpx.RequestError:
            return False
        return response.is_success or (not self.lists_models and response.status in _NO_ROUTE)


async def greet(url: ServerUrl, clients: Clients, wanted: str | None) -> Peer:
    """Ask a server for its model and kind.

    Raises EngineUnavailable when it does not answer, UsageError when it does not serve the wanted model.
    """
    models = await _list(clients, url)
    if models is None:
        return await _greet_without_list(url, clients, wanted)
    model = _pick(list_models(models), wanted, url)
    dialect = detect_dialect(models, None)
    if dialect.name == "generic":
        dialect = detect_dialect(models, await _optional_json(clients, f"{url.root}/server_info"))
    length = model.get("max_model_len")
    context = length if isinstance(length, int) and length > 0 else None
    return Peer(url, clients, model["id"], model["root"], dialect, context)


async def _greet_without_list(url: ServerUrl, clients: Clients, wanted: str | None) -> Peer:
    if wanted is None:
        raise UsageError(f"{url.label} does not list its models: name the one to use with --model")
    dialect = detect_dialect({}, await _optional_json(clients, f"{url.root}/server_info"))
    return Peer(url, clients, wanted, "", dialect, lists_models=False)


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
    names = ", ".join(model["id"] for model in listed[:20]) or "none"
    if wanted is None:
        if len(listed) == 1:
            return listed[0]
        raise UsageError(f"{url.label} serves {len(listed)} models ({names}): choose one with --model")
    for model in listed:
        if wanted in (model["id"], model["root"]):
            return model
    raise UsageError(f"{url.label} does not serve the model {wanted!r}; it serves: {names}")


async def _list(clients: Clients, url: ServerUrl) -> Mapping[str, Any] | list[Any] | None:
    """The answer to ``/v1/models``; None where there is no such route."""
    try:
        reply = await clients.ask(f"{url.api}/models")
        if reply.status in _NO_ROUTE:
            return None
        if reply.status != httpx.codes.OK:
            raise _refused(reply, url)
        found = load_json(reply.body, MOST_BYTES)
    except httpx.RequestError as error:
        raise EngineUnavailable(f"no answer from {url.label}: {str(error) or type(error).__name__}") from error
    except InvalidJson as error:
        raise EngineUnavailable(f"{url.label} answers models with no JSON ({str(error)[:80]})") from error
    if not isinstance(found, dict | list):
        raise EngineUnavailable(f"{url.label} answers models with no JSON object and no list")
    return found


def _refused(reply: Reply, url: ServerUrl) -> OlmocrError:
    error = make_error(reply.status, reply.body, reply.headers.get("retry-after"))
    if isinstance(error, ChatFault):
        return EngineUnavailable(f"{url.label}: {error}", error.retry_after)
    return RunError(f"{url.label}: {error}")


async def _optional_json(clients: Clients, address: str) -> Mapping[str, Any] | None:
    try:
        found = load_json((await clients.ask(address)).body, MOST_BYTES)
    except (httpx.RequestError, InvalidJson):
        return None
    return found if isinstance(found, dict) else None
