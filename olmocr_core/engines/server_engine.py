"""Pages over HTTP: one engine for one server or several that serve the same model.

A request that times out while the server answers its health route is a connection fault: the same attempt is made again. A
page that times out three times in a row on a healthy server is at fault itself: PageTimeout, and the page falls back without
delaying the slice.
"""

from __future__ import annotations

import asyncio
import base64
import json
import logging
from collections import Counter
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import httpx
from pydantic import SecretStr

from olmocr_core.domain.errors import EngineUnavailable, OlmocrError, PageTimeout, RequestRejected, RunError
from olmocr_core.domain.model_profile import ModelProfile
from olmocr_core.domain.models import Completion, Transcription
from olmocr_core.domain.ports import EngineIdentity, PageRequest
from olmocr_core.domain.serving_stats import ServerLoad, ServingCounters, ServingStats
from olmocr_core.domain.settings import Inference, Settings
from olmocr_core.engines.adaptive_limit import AdaptiveLimit
from olmocr_core.engines.api_key import hide_key
from olmocr_core.engines.base import EngineDefaults
from olmocr_core.engines.chat import ChatCall, StreamedAnswer, TimeLimits, stream_chat
from olmocr_core.engines.handshake import Peer
from olmocr_core.engines.identity import make_served_identity
from olmocr_core.engines.load_balancer import Backend, Clock, LoadBalancer, Slot
from olmocr_core.engines.replies import ChatFault
from olmocr_core.reading.model_profiles import build_front_matter_regex, choose_parser, load_prompt
from olmocr_core.reading.serving_metrics import gauge_sum

_log = logging.getLogger(__name__)
_TIMEOUTS_OF_A_BAD_PAGE = 3
_QUEUE_SECONDS = 2.0
_IMAGE = "<image goes here>"


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
        inference: Inference,
        launch: Launch = Launch(),
        *,
        key: SecretStr | None = None,
        clock: Clock | None = None,
        expected: int = 0,
    ) -> None:
        """``expected`` counts the servers, with those that were absent at the start. Raises UsageError without a prompt."""
        self.profile = profile
        self._launch = launch
        self._expected = max(expected, len(peers))
        self._prompt = load_prompt(profile)
        self._parse = choose_parser(profile)
        self._inference = inference
        self._key = key
        self._limits = make_time_limits(inference)
        self._peers = {peer.url.label: peer for peer in peers}
        backends = [self._backend(label) for label in self._peers]
        self._balancer = LoadBalancer(backends, clock) if clock else LoadBalancer(backends)
        self._counters = ServingCounters()
        self._timeouts: Counter[tuple[str, int, int]] = Counter()
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

        Raises EngineUnavailable, RequestRejected, PageTimeout (see the module), and RunError when the key is refused.
        """
        async with self._balancer.slot() as slot:
            answer = StreamedAnswer()
            self._counters.requests += 1
            peer = self._peers[slot.backend.label]
            try:
                with peer.clients.lend() as client:
                    await stream_chat(client, self._call(request, peer), answer)
            except ChatFault as fault:
                self._counters.count_fault(fault.kind, answer.tokens)
                raise await self._error_for(fault, request, slot) from None
            except OlmocrError as error:
                self._counters.count_fault("rejected", answer.tokens)
                raise self._without_key(error, slot) from None
            except asyncio.CancelledError:
                self._counters.count_fault("cancelled", answer.tokens)
                self._timeouts.pop(_attempt_key(request), None)
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

    def _call(self, request: PageRequest, peer: Peer) -> ChatCall:
        # The prompt comes first, so that all pages share its place in the server's prefix cache.
        content: list[dict[str, object]] = [{"type": "text", "text": self._prompt}] if self._prompt else []
        content.append({"type": "image_url", "image_url": {"url": _IMAGE}})
        body = {
            "model": peer.model,
            "max_tokens": self.profile.max_tokens,
            "temperature": request.attempt.temperature,
            "stream": True,
            "stream_options": peer.dialect.stream_options,
            "messages": [{"role": "user", "content": content}],
        }
        if self._inference.constrained and self.profile.answer == "front_matter":
            body |= peer.dialect.constrained(build_front_matter_regex())
        head, tail = json.dumps(body).rsplit(_IMAGE, 1)
        image = f"data:image/{request.facts.encoding};base64,".encode() + base64.b64encode(request.image)
        return ChatCall(peer.chat_url, head.encode() + image + tail.encode(), self._limits)

    def _completed(self, answer: StreamedAnswer, request: PageRequest, slot: Slot) -> Completion:
        finish = answer.finish or "stop"
        if finish == "stop" and answer.usage.input_tokens + answer.usage.output_tokens > self._context:
            finish = "length"
        completion = Completion(answer=answer.text, finish_reason=finish, usage=answer.usage)
        self._timeouts.pop(_attempt_key(request), None)
        self._counters.count_answer(completion, request.attempt.number == 1)
        slot.backend.record_answer(max(answer.usage.output_tokens, answer.tokens), self._balancer.clock())
        return completion

    async def _error_for(self, fault: ChatFault, request: PageRequest, slot: Slot) -> OlmocrError:
        """Record a fault at its server; returns the error that it means for the page."""
        if self._launch.supervisor and (failure := self._launch.supervisor.failure):
            return failure
        now, backend, key = self._balancer.clock(), slot.backend, _attempt_key(request)
        if fault.kind in ("throttled", "timeout"):
            backend.record_overload(slot.generation, now)
        if fault.retry_after:
            backend.pause(fault.retry_after, now)
        if fault.kind != "timeout":
            self._timeouts.pop(key, None)
            if fault.kind != "throttled":
                backend.back_off(now)
            return self._without_key(EngineUnavailable(str(fault), fault.retry_after), slot)
        return await self._error_for_timeout(fault, key, backend)

    async def _error_for_timeout(self, fault: ChatFault, key: tuple[str, int, int], backend: Backend) -> OlmocrError:
        if not await self._peers[backend.label].is_healthy():
            backend.back_off(self._balancer.clock())
            return EngineUnavailable(f"{backend.label}: {fault}, and it does not answer its health route")
        self._timeouts[key] += 1
        if self._timeouts[key] < _TIMEOUTS_OF_A_BAD_PAGE:
            return EngineUnavailable(f"{backend.label}: {fault}")
        times = self._timeouts.pop(key)
        return PageTimeout(f"{backend.label} is healthy but timed out {times} times in a row on this page: {fault}")

    def _without_key(self, error: OlmocrError, slot: Slot) -> OlmocrError:
        """The same error with the server's name and without the key, which servers echo."""
        words = hide_key(f"{slot.backend.label}: {error}", self._key)
        if isinstance(error, EngineUnavailable):
            return EngineUnavailable(words, error.retry_after)
        return (RequestRejected if isinstance(error, RequestRejected) else RunError)(words)


def set_image_size(settings: Settings, profile: ModelProfile) -> Settings:
    """Settings with the image size that a model was trained on, unless they ask for a size themselves."""
    if "longest_side" in settings.render.model_fields_set:
        return settings
    render = settings.render.model_copy(update={"longest_side": profile.longest_side})
    return settings.model_copy(update={"render": render})


def make_time_limits(inference: Inference) -> TimeLimits:
    """The limits of one request, from settings."""
    return TimeLimits(
        connect=inference.connect_seconds,
        first_token=inference.first_token_seconds,
        idle=inference.idle_seconds,
        total=inference.total_seconds,
    )


def _attempt_key(request: PageRequest) -> tuple[str, int, int]:
    # With the attempt: time-outs of attempts side by side are not three in a row.
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
