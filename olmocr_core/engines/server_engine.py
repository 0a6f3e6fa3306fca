"""The engine ``server``: pages read by any OpenAI-compatible server, or by several that serve the same model.

When a request times out and the server still answers its health route, the server is slow or the page is bad. It counts
as a connection fault (the same attempt is made again), but a page that times out three times in a row on a healthy server
is a bad page: PageTimeout, and the page falls back without holding up the slice.
"""

from __future__ import annotations

import asyncio
import base64
import json
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Sequence

import httpx
from pydantic import SecretStr

from olmocr_core.domain.errors import EngineUnavailable, OlmocrError, PageTimeout, RequestRejected, RunError
from olmocr_core.domain.model_profile import ModelProfile
from olmocr_core.domain.models import Completion
from olmocr_core.domain.ports import EngineIdentity, PageRequest
from olmocr_core.domain.serving_stats import ServerLoad, ServingCounters, ServingStats
from olmocr_core.domain.settings import Inference
from olmocr_core.engines.adaptive_limit import AdaptiveLimit
from olmocr_core.engines.chat import ChatCall, StreamedAnswer, TimeLimits, stream_chat
from olmocr_core.engines.handshake import Peer
from olmocr_core.engines.identity import served_identity
from olmocr_core.engines.load_balancer import Backend, Clock, LoadBalancer, Slot
from olmocr_core.engines.replies import ChatFault
from olmocr_core.reading.model_profiles import AnswerParser, choose_parser, front_matter_regex, load_prompt
from olmocr_core.reading.serving_metrics import gauge_sum

_log = logging.getLogger(__name__)
_STRIKES = 3
_QUEUE_SECONDS = 2.0
_IMAGE = "<image goes here>"


class ServerEngine:
    """Pages in, completions out, over the wire. Made by ``connect.open_server_engine``; ``aclose`` ends it."""

    def __init__(  # noqa: PLR0913 - one caller, and each says something else about who is asked how
        self,
        peers: Sequence[Peer],
        profile: ModelProfile,
        inference: Inference,
        *,
        key: SecretStr | None = None,
        name: str = "server",
        clock: Clock | None = None,
        expected: int = 0,
        revision: str | None = None,
    ) -> None:
        self.profile = profile
        # Says why whoever minds the servers has given them up: then there is nothing to wait for.
        self.given_up: Callable[[], RunError | None] = lambda: None
        # How a fault is waited out; whoever minds the servers knows sooner when they are back.
        self.pause: Callable[[float], Awaitable[None]] = asyncio.sleep
        self._expected = max(expected, len(peers))
        self._prompt = load_prompt(profile)
        self._inference = inference
        self._key = key
        self._name = name
        self._revision = revision
        self._limits = time_limits(inference)
        self._peers = {peer.url.label: peer for peer in peers}
        backends = [Backend(label, AdaptiveLimit.initial(inference.max_concurrency)) for label in self._peers]
        self._balancer = LoadBalancer(backends, clock) if clock else LoadBalancer(backends)
        self._counters = ServingCounters()
        self._strikes: Counter[tuple[str, int, int]] = Counter()
        self._watchers: list[asyncio.Task[None]] = []
        self._context = min([profile.context, *(peer.context for peer in peers if peer.context)])

    @property
    def identity(self) -> EngineIdentity:
        """Model, prompt and decoding; a revision that was not given is what the server's ``root`` says beside its name."""
        peer = next(iter(self._peers.values()))
        root = peer.root.rstrip("/").rsplit("/", 1)[-1]
        served = "" if root == peer.model.rsplit("/", 1)[-1] else root
        constrained = self._inference.constrained
        revision = served if self._revision is None else self._revision
        return served_identity(
            self._name, peer.model, revision, self.profile, context=self._context, constrained=constrained
        )

    @property
    def concurrency(self) -> int:
        """The most pages that can be in flight, all servers together, absent ones too; the pace decides how many are."""
        return self._inference.max_concurrency * self._expected

    @property
    def parse(self) -> AnswerParser:
        """Reads this model's answers; for ``ReadingTools.parse``."""
        return choose_parser(self.profile)

    @property
    def waiting(self) -> int:
        """Requests that wait for a place at a server."""
        return self._balancer.waiting

    @property
    def idle_slots(self) -> int:
        """Places at servers that stand empty while nobody waits for one."""
        return self._balancer.idle_slots

    async def join(self, peer: Peer) -> None:
        """Take in a server that was absent at the start."""
        self._peers[peer.url.label] = peer
        backend = Backend(peer.url.label, AdaptiveLimit.initial(self._inference.max_concurrency))
        await self._watch_queue(backend)
        self._balancer.add(backend)

    def in_background(self, work: Coroutine[None, None, None]) -> None:
        """Run something beside the pages until ``aclose``."""
        self._watchers.append(asyncio.create_task(work))

    async def transcribe(self, request: PageRequest) -> Completion:
        """Read one page, one attempt.

        Raises EngineUnavailable, RequestRejected, PageTimeout (see above), and RunError when the key is refused.
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
                raise await self._consequence(fault, request, slot) from None
            except OlmocrError as error:
                self._counters.count_fault("rejected", answer.tokens)
                raise self._without_key(error, slot) from None
            except asyncio.CancelledError:
                self._counters.count_fault("cancelled", answer.tokens)
                self._strikes.pop(_key_of(request), None)
                raise
            return self._completed(answer, request, slot)

    async def aclose(self) -> None:
        """Stop watching and close every connection, which aborts what is still in flight."""
        for watcher in self._watchers:
            watcher.cancel()
        await asyncio.gather(*self._watchers, return_exceptions=True)
        for peer in self._peers.values():
            await peer.clients.aclose()

    def serving(self) -> ServingStats:
        """Totals so far, for metrics and for the run's report."""
        loads = [
            ServerLoad(
                server=backend.label,
                in_flight=backend.in_flight,
                limit=backend.adaptive_limit.limit,
                most_in_flight=backend.most_in_flight,
                busy_seconds=round(backend.busy_seconds_at(self._balancer.clock()), 3),
            )
            for backend in self._balancer.backends
        ]
        return self._counters.snapshot(tuple(loads))

    async def watch_queues(self) -> None:
        """Follow each server's own queue where its metrics tell of one; runs until ``aclose``."""
        for backend in self._balancer.backends:
            await self._watch_queue(backend)

    async def _watch_queue(self, backend: Backend) -> None:
        peer = self._peers[backend.label]
        if peer.dialect.queue_metric and await _queue_of(peer, peer.dialect.queue_metric) is not None:
            self.in_background(_follow(backend, peer, peer.dialect.queue_metric))

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
            body |= peer.dialect.constrained(front_matter_regex())
        head, tail = json.dumps(body).rsplit(_IMAGE, 1)
        image = f"data:image/{request.facts.encoding};base64,".encode() + base64.b64encode(request.image)
        return ChatCall(peer.chat_url, head.encode() + image + tail.encode(), self._limits)

    def _completed(self, answer: StreamedAnswer, request: PageRequest, slot: Slot) -> Completion:
        finish = answer.finish or "stop"
        if finish == "stop" and answer.usage.input_tokens + answer.usage.output_tokens > self._context:
            finish = "length"
        completion = Completion(answer=answer.text, finish_reason=finish, usage=answer.usage)
        self._strikes.pop(_key_of(request), None)
        self._counters.count_answer(completion, request.attempt.number == 1)
        slot.backend.record_answer(max(answer.usage.output_tokens, answer.tokens), self._balancer.clock())
        return completion

    async def _consequence(self, fault: ChatFault, request: PageRequest, slot: Slot) -> OlmocrError:
        """What a fault means for its server and for its page."""
        if failure := self.given_up():
            return failure
        now, backend, key = self._balancer.clock(), slot.backend, _key_of(request)
        if fault.kind in ("throttled", "timeout"):
            backend.record_overload(slot.generation, now)
        if fault.retry_after:
            backend.pause(fault.retry_after, now)
        if fault.kind != "timeout":
            self._strikes.pop(key, None)
            if fault.kind != "throttled":
                backend.back_off(now)
            return self._without_key(EngineUnavailable(str(fault), fault.retry_after), slot)
        if not await self._peers[backend.label].is_healthy():
            backend.back_off(self._balancer.clock())
            return EngineUnavailable(f"{backend.label}: {fault}, and it does not answer its health route")
        self._strikes[key] += 1
        if self._strikes[key] < _STRIKES:
            return EngineUnavailable(f"{backend.label}: {fault}")
        del self._strikes[key]
        return PageTimeout(f"{backend.label} is well but timed out {_STRIKES} times in a row on this page: {fault}")

    def _without_key(self, error: OlmocrError, slot: Slot) -> OlmocrError:
        """The same error, with the server named and whatever it echoed of our key taken out."""
        words = f"{slot.backend.label}: {error}"
        if self._key is not None:
            words = words.replace(self._key.get_secret_value(), "***")
        if isinstance(error, EngineUnavailable):
            return EngineUnavailable(words, error.retry_after)
        return (RequestRejected if isinstance(error, RequestRejected) else RunError)(words)


def time_limits(inference: Inference) -> TimeLimits:
    """The limits of one request, as settings give them."""
    return TimeLimits(
        connect=inference.connect_seconds,
        first_token=inference.first_token_seconds,
        idle=inference.idle_seconds,
        total=inference.total_seconds,
    )


def _key_of(request: PageRequest) -> tuple[str, int, int]:
    # An attempt for itself: time-outs of attempts side by side are not three in a row.
    return request.page.doc_id, request.page.page_number, request.attempt.number


async def _follow(backend: Backend, peer: Peer, metric: str) -> None:
    while True:
        await asyncio.sleep(_QUEUE_SECONDS)
        queued = await _queue_of(peer, metric)
        if queued is not None:
            backend.record_queue(queued)


async def _queue_of(peer: Peer, metric: str) -> float | None:
    try:
        response = await peer.clients.aside.get(f"{peer.url.root}/metrics")
    except httpx.RequestError as error:
        _log.debug("no metrics from %s: %s", peer.url.label, error)
        return None
    return gauge_sum(response.text, metric) if response.is_success else None
