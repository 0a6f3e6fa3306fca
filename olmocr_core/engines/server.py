"""From settings to an engine that has met its servers: addresses, key, model, profile, dialect, proof."""

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
from olmocr_core.engines.clients import Clients
from olmocr_core.engines.dialect import ServerUrl, server_urls
from olmocr_core.engines.handshake import Peer, greet, prove_constraint
from olmocr_core.engines.load_balancer import Clock
from olmocr_core.engines.server_engine import ServerEngine, time_limits
from olmocr_core.reading.model_profiles import choose_profile
from olmocr_core.reading.serving_metrics import serve_metrics

_log = logging.getLogger(__name__)


@asynccontextmanager
async def open_server_engine(
    settings: Settings,
    *,
    server: str | None = None,
    name: str = "server",
    environ: Mapping[str, str] | None = None,
    clock: Clock | None = None,
    revision: str | None = None,
) -> AsyncIterator[ServerEngine]:
    """The engine for ``server`` (default: ``settings.server``; several addresses with commas), ready for its first page.

    ``revision`` is the model's where the caller knows it.

    Servers that do not answer are left out as long as one does, and join when they come. Raises EngineUnavailable when
    none does, UsageError for a model that is not served or a profile without prompt, RunError when constrained decoding
    is wanted and not obeyed.
    """
    inference = settings.inference
    key = _api_key(inference, os.environ if environ is None else environ)
    async with AsyncExitStack() as stack:
        peers, absent = await _meet(server_urls(server or settings.server), settings, key, stack)
        profile = choose_profile(
            inference.profile, tuple(filter(None, (peers[0].root, peers[0].model))), inference.profiles
        )
        await asyncio.gather(*(_prove(peer, profile, inference) for peer in peers))
        expected = len(peers) + len(absent)
        engine = ServerEngine(
            peers, profile, inference, key=key, name=name, clock=clock, expected=expected, revision=revision
        )
        stack.push_async_callback(engine.aclose)
        await engine.watch_queues()
        for url, clients in absent:
            engine.in_background(_await_absent(url, clients, peers[0], engine, inference))
        if inference.metrics_port is not None:
            stack.callback((await serve_metrics(inference.metrics_port, engine.serving)).close)
        _log.info("engine %s: %s on %d server(s), profile %s", name, peers[0].model, len(peers), profile.name)
        yield engine


def with_profile(settings: Settings, profile: ModelProfile) -> Settings:
    """Settings that draw pages in the size that a model was trained on, unless a size was asked for."""
    if "longest_side" in settings.render.model_fields_set:
        return settings
    render = settings.render.model_copy(update={"longest_side": profile.longest_side})
    return settings.model_copy(update={"render": render})


async def _meet(
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
            raise _clean(result, key)
    if not peers:
        raise _clean(absent[0], key)
    for error in absent:
        _log.warning("left out until it answers: %s", _clean(error, key))
    if len({(peer.model, peer.root) for peer in peers}) > 1:
        served = ", ".join(f"{peer.url.label}: {peer.model} {peer.root}".rstrip() for peer in peers)
        raise UsageError(f"the servers must serve one and the same model ({served})")
    met = {peer.url.label for peer in peers}
    return peers, [(url, client) for url, client in zip(urls, clients, strict=True) if url.label not in met]


async def _prove(peer: Peer, profile: ModelProfile, inference: Inference) -> None:
    _check_context([peer], profile)
    if inference.constrained and profile.answer == "front_matter":
        await prove_constraint(peer, time_limits(inference))


async def _await_absent(
    url: ServerUrl, clients: Clients, known: Peer, engine: ServerEngine, inference: Inference
) -> None:
    """Greet a server that was absent until it answers; then it gets pages, if it is what the others are."""
    while True:
        await asyncio.sleep(inference.rejoin_seconds)
        try:
            peer = await greet(url, clients, known.model)
            if peer.root != known.root:
                raise UsageError(f"it serves {peer.root or peer.model}, the others {known.root or known.model}")
            await _prove(peer, engine.profile, inference)
        except EngineUnavailable:
            continue
        except OlmocrError as error:
            _log.warning("%s came back and gets no pages: %s", url.label, error)
            return
        await engine.join(peer)
        _log.info("%s came back and gets pages", url.label)
        return


def _clean(error: BaseException, key: SecretStr | None) -> BaseException:
    """An error that cannot hold the key, whatever the server echoed."""
    if key is None or key.get_secret_value() not in str(error):
        return error
    words = str(error).replace(key.get_secret_value(), "***")
    kind = EngineUnavailable if isinstance(error, EngineUnavailable) else RunError
    return kind(words)


def _check_context(peers: Sequence[Peer], profile: ModelProfile) -> None:
    for peer in peers:
        if peer.context is not None and peer.context <= profile.max_tokens:
            raise UsageError(
                f"{peer.url.label} serves a context of {peer.context} tokens, but profile {profile.name} asks for answers "
                f"of {profile.max_tokens}: start it with a context of {profile.context}, or use a profile with less"
            )


def _api_key(inference: Inference, environ: Mapping[str, str]) -> SecretStr | None:
    value = environ.get(inference.api_key_env, "").strip()
    return SecretStr(value) if value else None
