"""Pages over HTTP: one engine for one server or several that serve the same model.

A request that fails is made again. A page that times out three times in a row on a healthy server, or on which a server
fails again and again while it answers others (see ``strikes``), is at fault itself: PageTimeout or ServerFault, and the page
falls back without delaying the slice.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal, Protocol

import httpx
from pydantic import SecretStr

from olmocr_core.domain.errors import (
    EngineUnavailable,
    OlmocrError,
    PageError,
    PageTimeout,
    RequestRejected,
    RunError,
    ServerFault,
)
from olmocr_core.domain.model_profile import ModelProfile
from olmocr_core.domain.models import Completion, Transcription
from olmocr_core.domain.ports import EngineIdentity, PageRequest
from olmocr_core.domain.serving_stats import ServerLoad, ServingCounters, ServingStats
from olmocr_core.domain.settings import Settings
from olmocr_core.engines.adaptive_limit import AdaptiveLimit
from olmocr_core.engines.api_key import hide_key
from olmocr_core.engines.base import EngineDefaults
from olmocr_core.engines.chat import ChatCall, StreamedAnswer, UnreliableStream, stream_chat
from olmocr_core.engines.chat_request import PageQuestion
from olmocr_core.engines.handshake import Peer
from olmocr_core.engines.identity import make_served_identity
from olmocr_core.engines.load_balancer import Backend, Clock, LoadBalancer, Slot
from olmocr_core.engines.replies import ChatFault
from olmocr_core.engines.strikes import FEWEST_STRIKES, AttemptKey, Strikes
from olmocr_core.reading.model_profiles import choose_parser
from olmocr_core.reading.serving_metrics import gauge_sum

_log = logging.getLogger(__name__)
_QUEUE_SECONDS = 2.0
_LEARNED_PER_REQUEST = 4
_MOST_TOLD = 1000


class Supervisor(Protocol):
    """What launched the servers and restarts them."""

    @property
    def failure(self) -> RunError | None:
        """Why it has given the servers up; None while it has not."""

    async def pause(self, seconds: float) -> None:
        """Sleep, but no longer than until the servers are back."""


@dataclass(frozen=True, slots=True)
class Launch:
    """Who runs the servers: the engine's name, the model's revision where it is known, and their supervisor if any."""

    name: str = "server"
    revision: str | None = None
    supervisor: Supervisor | None = None


class ServerEngine(EngineDefaults):
    """Sends each page to the server with the fewest requests in flight. Made by ``server.open_server_engine``."""

    def __init__(
        self,
        peers: Sequence[Peer],
        profile: ModelProfile,
        settings: Settings,
        launch: Launch = Launch(),
        *,
        key: SecretStr | None = None,
        clock: Clock | None = None,
        expected: int = 0,
    ) -> None:
        """``expected`` counts the servers, with those that were absent at the start. Raises UsageError without a prompt."""
        self.profile = profile
        inference = settings.inference
        self._launch = launch
        self._expected = max(expected, len(peers))
        self._parse = choose_parser(profile)
        self._inference = inference
        self._key = key
        self._question = PageQuestion.build(profile, inference)
        self._longest_pause = settings.ladder.connection_seconds
        self._peers = {peer.url.label: peer for peer in peers}
        backends = [self._backend(label) for label in self._peers]
        self._balancer = LoadBalancer(backends, clock) if clock else LoadBalancer(backends)
        self._counters = ServingCounters()
        self._strikes = Strikes()
        self._timeouts: Counter[AttemptKey] = Counter()
        self._told: Counter[str] = Counter()
        self._watchers: list[asyncio.Task[None]] = []
        self._context = min([profile.context, *(peer.context for peer in peers if peer.context)])

    @property
    def identity(self) -> EngineIdentity:
        """Model, prompt and decoding. A revision that is not known is the last part of the ``root`` that the server names."""
        peer = next(iter(self._peers.values()))
        root = peer.root.rstrip("/").rsplit("/", 1)[-1]
        served = "" if root == peer.model.rsplit("/", 1)[-1] else root
        revision = served if self._launch.revision is None else self._launch.revision
        constrained = self._inference.constrained
        return make_served_identity(
            self._launch.name, peer.model, revision, self.profile, context=self._context, constrained=constrained
        )

    @property
    def concurrency(self) -> int:
        """The most requests in flight at all servers together, absent ones included; adaptive limits allow up to that."""
        return self._inference.max_concurrency * self._expected

    @property
    def device(self) -> Literal["cpu", "gpu"]:
        """The GPUs of the servers."""
        return "gpu"

    @property
    def waiting(self) -> int:
        """Requests that wait for a slot at a server."""
        return self._balancer.waiting

    @property
    def idle_slots(self) -> int:
        """Free slots at the servers while no request waits for one."""
        return self._balancer.idle_slots

    def adapt_settings(self, settings: Settings) -> Settings:
        """Draw pages in the size that the model was trained on."""
        return set_image_size(settings, self.profile)

    def parse(self, answer: str) -> Transcription:
        """Read an answer as the model's profile says. Raises MalformedAnswer."""
        return self._parse(answer)

    async def pause(self, seconds: float) -> None:
        """Sleep, but no longer than until the supervisor has the servers back."""
        wait = self._launch.supervisor.pause if self._launch.supervisor else asyncio.sleep
        await wait(seconds)

    async def add_server(self, peer: Peer) -> None:
        """Take in a server that was absent at the start."""
        self._peers[peer.url.label] = peer
        backend = self._backend(peer.url.label)
        await self._watch_queue(backend)
        self._balancer.add(backend)

    def in_background(self, work: Coroutine[None, None, None]) -> None:
        """Run something beside the pages until ``aclose``."""
        self._watchers.append(asyncio.create_task(work))

    async def transcribe(self, request: PageRequest) -> Completion:
        """Read one page, one attempt.

        Raises EngineUnavailable, RequestRejected, PageTimeout and ServerFault (see the module), and RunError when the key is
        refused.
        """
        async with self._balancer.slot() as slot:
            answer = StreamedAnswer()
            self._counters.requests += 1
            try:
                await self._ask(request, slot.backend.label, answer)
            except ChatFault as fault:
                self._counters.count_fault(fault.kind, answer.tokens)
                raise await self._error_for(fault, request, slot) from None
            except OlmocrError as error:
                self._counters.count_fault("rejected", answer.tokens)
                raise self._without_key(error, slot) from None
            except asyncio.CancelledError:
                self._counters.count_fault("cancelled", answer.tokens)
                self._forget_faults(_attempt_key(request))
                raise
            return self._completed(answer, request, slot)

    async def aclose(self) -> None:
        """Stop watching and close every connection, which aborts all requests in flight."""
        for watcher in self._watchers:
            watcher.cancel()
        await asyncio.gather(*self._watchers, return_exceptions=True)
        for peer in self._peers.values():
            await peer.clients.aclose()

    def serving(self) -> ServingStats:
        """Totals so far, for metrics and for the run's report."""
        now = self._balancer.clock()
        loads = [
            ServerLoad(
                server=backend.label,
                in_flight=backend.in_flight,
                limit=backend.adaptive_limit.limit,
                most_in_flight=backend.most_in_flight,
                busy_seconds=round(backend.busy_seconds_at(now), 3),
            )
            for backend in self._balancer.backends
        ]
        return self._counters.snapshot(tuple(loads))

    async def watch_queues(self) -> None:
        """Follow the queue inside of each server whose metrics show it, until ``aclose``."""
        for backend in self._balancer.backends:
            await self._watch_queue(backend)

    def _backend(self, label: str) -> Backend:
        return Backend(label, AdaptiveLimit.initial(self._inference.max_concurrency))

    async def _watch_queue(self, backend: Backend) -> None:
        peer = self._peers[backend.label]
        if peer.dialect.queue_metric and await _queue_length(peer, peer.dialect.queue_metric) is not None:
            self.in_background(_follow_queue(backend, peer, peer.dialect.queue_metric))

    async def _ask(self, request: PageRequest, label: str, answer: StreamedAnswer) -> None:
        """Ask a server, and once more for each thing that it refuses and a request can do without."""
        for _ in range(_LEARNED_PER_REQUEST):
            peer = self._peers[label]
            try:
                await self._send(self._question.call(request, peer), peer, answer)
                return
            except RequestRejected as refusal:
                lost = isinstance(refusal, UnreliableStream)
                learned = peer.dialect.without_streams() if lost else peer.dialect.learn(str(refusal))
                # Another request may have learned it meanwhile.
                if learned == peer.dialect == self._peers[label].dialect:
                    raise
                if self._peers[label].dialect == peer.dialect:
                    self._peers[label] = replace(peer, dialect=learned)
                    _log.warning("%s: asked in other words from now on (%s)", label, hide_key(str(refusal), self._key))
        raise RequestRejected("the server refuses the request in every form that is known")

    async def _send(self, call: ChatCall, peer: Peer, answer: StreamedAnswer) -> None:
        with peer.clients.lend() as client:
            await stream_chat(client, call, answer)

    def _completed(self, answer: StreamedAnswer, request: PageRequest, slot: Slot) -> Completion:
        finish = answer.finish or "stop"
        usage = answer.usage
        is_full = (
            usage.output_tokens >= self.profile.max_tokens or usage.input_tokens + usage.output_tokens > self._context
        )
        if finish == "stop" and is_full:
            finish = "length"
        completion = Completion(answer=answer.text, finish_reason=finish, usage=answer.usage)
        self._strikes.count_answer()
        self._forget_faults(_attempt_key(request))
        self._counters.count_answer(completion, request.attempt.number == 1)
        slot.backend.record_answer(max(answer.usage.output_tokens, answer.tokens), self._balancer.clock())
        return completion

    async def _error_for(self, fault: ChatFault, request: PageRequest, slot: Slot) -> OlmocrError:
        """Record a fault at its server; returns the error that it means for the page."""
        if self._launch.supervisor and (failure := self._launch.supervisor.failure):
            return failure
        now, backend, key = self._balancer.clock(), slot.backend, _attempt_key(request)
        self._tell_if_repeated(fault, backend)
        pause = min(fault.retry_after, self._longest_pause) if fault.retry_after else None
        if fault.kind in ("throttled", "timeout"):
            backend.record_overload(slot.generation, now)
        if pause:
            backend.pause(pause, now)
        if fault.kind == "timeout":
            return await self._error_for_timeout(fault, key, backend)
        self._timeouts.pop(key, None)
        if fault.kind != "throttled":
            backend.back_off(now)
        error: OlmocrError = EngineUnavailable(str(fault), pause)
        probe = partial(self._answers_something_else, self._peers[backend.label])
        if fault.kind not in ("throttled", "refused") and await self._strikes.is_the_pages(key, probe):
            error = ServerFault(f"failed again and again on this page, and answers others: {fault}")
        return self._without_key(error, slot)

    async def _error_for_timeout(self, fault: ChatFault, key: AttemptKey, backend: Backend) -> OlmocrError:
        # The health route is enough, and costs no place in the server's queue.
        if not await self._peers[backend.label].is_healthy():
            backend.back_off(self._balancer.clock())
            return EngineUnavailable(f"{backend.label}: {fault}, and it does not answer its health route")
        self._timeouts[key] += 1
        if self._timeouts[key] < FEWEST_STRIKES:
            return EngineUnavailable(f"{backend.label}: {fault}")
        times = self._timeouts.pop(key)
        return PageTimeout(f"{backend.label} is healthy but timed out {times} times in a row on this page: {fault}")

    def _forget_faults(self, key: AttemptKey) -> None:
        self._strikes.forget(key)
        self._timeouts.pop(key, None)

    async def _answers_something_else(self, peer: Peer) -> bool:
        self._counters.probes += 1
        try:
            await stream_chat(peer.clients.aside, self._question.probe(peer), StreamedAnswer())
        except UnreliableStream:
            return True
        except (ChatFault, OlmocrError) as error:
            _log.debug("%s fails on a white image, too: %s", peer.url.label, error)
            return False
        return True

    def _tell_if_repeated(self, fault: ChatFault, backend: Backend) -> None:
        words = f"{backend.label}: {fault}"
        if len(self._told) > _MOST_TOLD:
            self._told.clear()
        self._told[words] += 1
        if self._told[words] == 2:
            _log.warning("%s; asking again", hide_key(words, self._key))

    def _without_key(self, error: OlmocrError, slot: Slot) -> OlmocrError:
        """The same error with the server's name and without the key, which servers echo."""
        words = hide_key(f"{slot.backend.label}: {error}", self._key)
        if isinstance(error, EngineUnavailable):
            return EngineUnavailable(words, error.retry_after)
        return (type(error) if isinstance(error, PageError) else RunError)(words)


def set_image_size(settings: Settings, profile: ModelProfile) -> Settings:
    """Settings with the image size that a model was trained on, unless they ask for a size themselves."""
    if "longest_side" in settings.render.model_fields_set:
        return settings
    render = settings.render.model_copy(update={"longest_side": profile.longest_side})
    return settings.model_copy(update={"render": render})


def _attempt_key(request: PageRequest) -> AttemptKey:
    return request.page.doc_id, request.page.page_number, request.attempt.number


async def _follow_queue(backend: Backend, peer: Peer, metric: str) -> None:
    while True:
        await asyncio.sleep(_QUEUE_SECONDS)
        length = await _queue_length(peer, metric)
        if length is not None:
            backend.record_queue(length)


async def _queue_length(peer: Peer, metric: str) -> float | None:
    try:
        response = await peer.clients.ask(f"{peer.url.root}/metrics")
    except httpx.RequestError as error:
        _log.debug("no metrics from %s: %s", peer.url.label, error)
        return None
    return gauge_sum(response.body.decode("utf-8", "replace"), metric) if response.is_success else None
