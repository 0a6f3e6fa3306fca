"""The engine ``server``: from settings to an engine that has met its servers (any OpenAI-compatible server, or several)."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from pydantic import SecretStr

from olmocr_core.domain.errors import EngineUnavailable, OlmocrError, RunError, UsageError
from olmocr_core.domain.model_profile import ModelProfile
from olmocr_core.domain.settings import Inference, Settings
from olmocr_core.engines.api_key import hide_key
from olmocr_core.engines.base import EngineContext
from olmocr_core.engines.chat_request import make_time_limits
from olmocr_core.engines.clients import Clients
from olmocr_core.engines.dialect import ServerUrl, parse_server_urls
from olmocr_core.engines.handshake import Peer, greet, prove_constraint
from olmocr_core.engines.load_balancer import Clock
from olmocr_core.engines.server_engine import Launch, ServerEngine
from olmocr_core.reading.model_profiles import choose_profile, load_prompt
from olmocr_core.reading.serving_metrics import serve_metrics

_log = logging.getLogger(__name__)


def check_settings(settings: Settings) -> None:
    """Raise UsageError where no server is named."""
    if not settings.server:
        raise UsageError("engine 'server' needs an address: --server http://HOST:PORT/v1")


def check_installation(settings: Settings) -> None:
    """Raise UsageError when the model's prompt is not installed."""
    check_prompt(settings.inference, settings.model)


def check_prompt(inference: Inference, model: str | None) -> None:
    """Raise UsageError when the prompt of a model is not installed, as far as its profile is certain."""
    # A profile in the settings may match another name of the model, which only its server knows.
    is_certain = inference.profile != "auto" or not inference.profiles
    if is_certain and (model or inference.profile != "auto"):
        load_prompt(choose_profile(inference.profile, (model,) if model else (), inference.profiles))


@asynccontextmanager
async def open_engine(settings: Settings, context: EngineContext) -> AsyncIterator[ServerEngine]:
    """The engine for the servers that settings name."""
    check_settings(settings)
    async with open_server_engine(settings) as engine:
        yield engine


@asynccontextmanager
async def open_server_engine(
    settings: Settings,
    *,
    server: str | None = None,
    launch: Launch = Launch(),  # noqa: B008 - frozen
    environ: Mapping[str, str] | None = None,
    clock: Clock | None = None,
) -> AsyncIterator[ServerEngine]:
    """The engine for ``server`` (default: ``settings.server``; several addresses with commas), ready for its first page.

    Servers that do not answer are left out as long as one does, and are added when they answer. Raises EngineUnavailable
    when none does, UsageError for a model that is not served or a profile without a prompt, RunError when a server does not
    obey the constrained decoding that settings ask for.
    """
    inference = settings.inference
    key = _api_key(inference, os.environ if environ is None else environ)
    async with AsyncExitStack() as stack:
        peers, absent = await _greet_all(parse_server_urls(server or settings.server), settings, key, stack)
        names = tuple(filter(None, (peers[0].root, peers[0].model)))
        profile = choose_profile(inference.profile, names, inference.profiles)
        await asyncio.gather(*(_check_peer(peer, profile, inference) for peer in peers))
        expected = len(peers) + len(absent)
        engine = ServerEngine(peers, profile, settings, launch, key=key, clock=clock, expected=expected)
        stack.push_async_callback(engine.aclose)
        await engine.watch_queues()
        for url, clients in absent:
            engine.in_background(_add_when_present(url, clients, peers[0], engine, inference))
        if inference.metrics_port is not None:
            metrics = await serve_metrics(inference.metrics_host, inference.metrics_port, engine.serving)
            stack.callback(metrics.close)
        _log.info("engine %s: %s on %d server(s), profile %s", launch.name, peers[0].model, len(peers), profile.name)
        yield engine


async def _greet_all(
    urls: Sequence[ServerUrl], settings: Settings, key: SecretStr | None, stack: AsyncExitStack
) -> tuple[list[Peer], list[tuple[ServerUrl, Clients]]]:
    """The servers that answer, and those that do not.

    Raises EngineUnavailable when none does, UsageError when they serve different models.
    """
    inference = settings.inference
    clients = [Clients(url, key, inference.max_concurrency, inference.connect_seconds) for url in urls]
    for client in clients:
        stack.push_async_callback(client.aclose)
    greetings = (greet(url, client, settings.model) for url, client in zip(urls, clients, strict=True))
    results = await asyncio.gather(*greetings, return_exceptions=True)
    peers = [result for result in results if isinstance(result, Peer)]
    absent = [result for result in results if isinstance(result, EngineUnavailable)]
    for result in results:
        if isinstance(result, BaseException) and not isinstance(result, EngineUnavailable):
            raise _without_key(result, key)
    if not peers:
        raise _without_key(absent[0], key)
    for error in absent:
        _log.warning("left out until it answers: %s", _without_key(error, key))
    _check_same_model(peers)
    met = {peer.url.label for peer in peers}
    return peers, [(url, client) for url, client in zip(urls, clients, strict=True) if url.label not in met]


def _check_same_model(peers: Sequence[Peer]) -> None:
    if len({(peer.model, peer.root) for peer in peers}) > 1:
        served = ", ".join(f"{peer.url.label}: {peer.model} {peer.root}".rstrip() for peer in peers)
        raise UsageError(f"the servers must serve one and the same model ({served})")


async def _check_peer(peer: Peer, profile: ModelProfile, inference: Inference) -> None:
    """Raise UsageError for a context that is too small, RunError for a server that ignores constrained decoding."""
    if peer.context is not None and peer.context <= profile.max_tokens:
        raise UsageError(
            f"{peer.url.label} serves a context of {peer.context} tokens, but profile {profile.name} asks for answers "
            f"of {profile.max_tokens}: start it with a context of {profile.context}, or use a profile with less"
        )
    if inference.constrained and profile.answer == "front_matter":
        await prove_constraint(peer, make_time_limits(inference))


async def _add_when_present(
    url: ServerUrl, clients: Clients, known: Peer, engine: ServerEngine, inference: Inference
) -> None:
    """Greet an absent server until it answers, then give it pages if it serves what the others serve."""
    while True:
        await asyncio.sleep(inference.rejoin_seconds)
        try:
            peer = await greet(url, clients, known.model)
            if peer.root != known.root:
                raise UsageError(f"it serves {peer.root or peer.model}, the others {known.root or known.model}")
            await _check_peer(peer, engine.profile, inference)
        except EngineUnavailable:
            continue
        except OlmocrError as error:
            _log.warning("%s came back and gets no pages: %s", url.label, error)
            return
        await engine.add_server(peer)
        _log.info("%s came back and gets pages", url.label)
        return


def _without_key(error: BaseException, key: SecretStr | None) -> BaseException:
    """The same error without the key, which servers echo."""
    words = hide_key(str(error), key)
    if words == str(error):
        return error
    kind = EngineUnavailable if isinstance(error, EngineUnavailable) else RunError
    return kind(words)


def _api_key(inference: Inference, environ: Mapping[str, str]) -> SecretStr | None:
    value = environ.get(inference.api_key_env, "").strip()
    return SecretStr(value) if value else None
