"""What reading cost on model servers: requests, answers, faults, tokens and busy seconds."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from pydantic import Field

from olmocr_core.domain.models import Completion, Frozen


class ServerLoad(Frozen):
    """One server: requests in flight, their current limit and their maximum, seconds with at least one in flight."""

    server: str
    in_flight: int = 0
    limit: int = 0
    most_in_flight: int = 0
    busy_seconds: float = 0.0


class ServingStats(Frozen):
    """Totals since the engine started: ``faults`` by kind, ``finishes`` by reason, tokens as the servers counted them.

    ``probes`` are small requests that asked whether a server that failed on a page is well; ``requests`` does not count them.
    ``aborted_tokens`` were generated and discarded: aborted loops, broken streams, cancelled tasks.
    """

    pages: int = 0
    attempts: int = 0
    requests: int = 0
    probes: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    aborted_tokens: int = 0
    finishes: dict[str, int] = Field(default_factory=dict)
    faults: dict[str, int] = Field(default_factory=dict)
    servers: tuple[ServerLoad, ...] = ()

    @property
    def gpu_seconds(self) -> float:
        """Seconds with requests in flight, summed over the servers; one GPU a server."""
        return sum(load.busy_seconds for load in self.servers)

    def cost_per_1000_pages(self, price_per_gpu_hour: float) -> float | None:
        """The cost in the currency of the price; None before the first page."""
        return self.gpu_seconds / 3600 * price_per_gpu_hour * 1000 / self.pages if self.pages else None


@dataclass(slots=True)
class ServingCounters:
    """The counters behind ``Serving``."""

    pages: int = 0
    requests: int = 0
    probes: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    aborted_tokens: int = 0
    finishes: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)

    def count_answer(self, completion: Completion, first_attempt: bool) -> None:
        """Count the answer to an attempt; a page counts with its first attempt."""
        self.pages += first_attempt
        self.finishes[completion.finish_reason] += 1
        self.input_tokens += completion.usage.input_tokens
        self.output_tokens += completion.usage.output_tokens
        self.cached_tokens += completion.usage.cached_tokens
        if completion.finish_reason == "repetition":
            self.aborted_tokens += completion.usage.output_tokens

    def count_fault(self, kind: str, tokens: int) -> None:
        """Count a request that failed after ``tokens`` output tokens."""
        self.faults[kind] += 1
        self.aborted_tokens += tokens

    def snapshot(self, servers: tuple[ServerLoad, ...]) -> ServingStats:
        """The current totals."""
        return ServingStats(
            pages=self.pages,
            attempts=self.finishes.total(),
            requests=self.requests,
            probes=self.probes,
            input_tokens=self.input_tokens,
            output_tokens=self.output_tokens,
            cached_tokens=self.cached_tokens,
            aborted_tokens=self.aborted_tokens,
            finishes=dict(self.finishes),
            faults=dict(self.faults),
            servers=servers,
        )
