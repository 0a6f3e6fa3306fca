"""What serving pages has cost so far: counted by the engine, rendered as Prometheus text, served at a port by setting."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from pydantic import Field

from olmocr_core.domain.models import Completion, Frozen


class ServerLoad(Frozen):
    """One server: requests in flight, the limit now, the most there were, seconds with at least one in flight."""

    server: str
    in_flight: int = 0
    limit: int = 0
    most_in_flight: int = 0
    busy_seconds: float = 0.0


class Serving(Frozen):
    """Totals since the engine started. ``faults`` by kind, ``finishes`` by reason; tokens as the servers counted them.

    ``aborted_tokens`` were made and thrown away: loops that were cut, broken streams, cancelled tasks.
    ``gpu_seconds`` is the time with requests in flight, added over the servers.
    """

    pages: int = 0
    attempts: int = 0
    requests: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    aborted_tokens: int = 0
    finishes: dict[str, int] = Field(default_factory=dict)
    faults: dict[str, int] = Field(default_factory=dict)
    servers: tuple[ServerLoad, ...] = ()

    @property
    def gpu_seconds(self) -> float:
        """Seconds that GPUs worked for us, one GPU a server."""
        return sum(load.busy_seconds for load in self.servers)

    def cost_per_1000_pages(self, price_per_gpu_hour: float) -> float | None:
        """In the price's currency; None before the first page."""
        return self.gpu_seconds / 3600 * price_per_gpu_hour * 1000 / self.pages if self.pages else None


@dataclass(slots=True)
class Totals:
    """The counters behind ``Serving``."""

    pages: int = 0
    requests: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    aborted_tokens: int = 0
    finishes: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)

    def finished(self, completion: Completion, first_attempt: bool) -> None:
        """An attempt came to an end; a page counts with its first one."""
        self.pages += first_attempt
        self.finishes[completion.finish_reason] += 1
        self.input_tokens += completion.usage.input_tokens
        self.output_tokens += completion.usage.output_tokens
        self.cached_tokens += completion.usage.cached_tokens
        if completion.finish_reason == "repetition":
            self.aborted_tokens += completion.usage.output_tokens

    def wasted(self, kind: str, tokens: int) -> None:
        """A request came to nothing after so many tokens."""
        self.faults[kind] += 1
        self.aborted_tokens += tokens

    def serving(self, servers: tuple[ServerLoad, ...]) -> Serving:
        """The totals at this moment."""
        return Serving(
            pages=self.pages,
            attempts=self.finishes.total(),
            requests=self.requests,
            input_tokens=self.input_tokens,
            output_tokens=self.output_tokens,
            cached_tokens=self.cached_tokens,
            aborted_tokens=self.aborted_tokens,
            finishes=dict(self.finishes),
            faults=dict(self.faults),
            servers=servers,
        )


_COUNTERS = (
    ("pages", "Pages that got a first answer"),
    ("attempts", "Answers, good or bad"),
    ("requests", "Requests sent"),
    ("input_tokens", "Tokens read by the servers, images included"),
    ("output_tokens", "Tokens written by the servers"),
    ("cached_tokens", "Input tokens that came from the servers' prefix caches"),
    ("aborted_tokens", "Output tokens that were thrown away"),
)
_GAUGES = (
    ("in_flight", "Requests in flight"),
    ("limit", "Requests that may be in flight now"),
    ("busy_seconds", "Seconds with at least one request in flight"),
)


def render_prometheus(serving: Serving) -> str:
    """The totals in Prometheus' text format, version 0.0.4."""
    lines: list[str] = []
    for name, help_text in _COUNTERS:
        lines += _head(f"olmocr_{name}_total", help_text, "counter")
        lines.append(f"olmocr_{name}_total {getattr(serving, name)}")
    lines += _head("olmocr_finished_total", "Answers by finish reason", "counter")
    lines += [_line("olmocr_finished_total", "reason", reason, n) for reason, n in sorted(serving.finishes.items())]
    lines += _head("olmocr_faults_total", "Requests that came to nothing, by kind", "counter")
    lines += [_line("olmocr_faults_total", "kind", kind, n) for kind, n in sorted(serving.faults.items())]
    for name, help_text in _GAUGES:
        lines += _head(f"olmocr_server_{name}", help_text, "gauge")
        lines += [_line(f"olmocr_server_{name}", "server", s.server, getattr(s, name)) for s in serving.servers]
    return "\n".join(lines) + "\n"


def gauge_sum(text: str, name: str) -> float | None:
    """The sum of a metric over its label sets in a Prometheus text; None where it does not occur."""
    found: float | None = None
    for line in text.splitlines():
        if line.startswith(name) and line[len(name) : len(name) + 1] in ("{", " "):
            try:
                found = (found or 0.0) + float(line.rsplit("}", 1)[-1].removeprefix(name).split()[0])
            except (ValueError, IndexError):
                continue
    return found


async def serve_metrics(port: int, source: Callable[[], Serving], host: str = "") -> asyncio.Server:
    """Answer every GET at ``port`` (0: any free one) with the metrics until the server is closed."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(5):
                await reader.readuntil(b"\r\n\r\n")
                body = render_prometheus(source()).encode()
                head = f"HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: {len(body)}\r\n"
                writer.write(head.encode() + b"Connection: close\r\n\r\n" + body)
                await writer.drain()
        except (TimeoutError, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            return
        finally:
            writer.close()

    return await asyncio.start_server(answer, host or None, port)


def _head(name: str, help_text: str, kind: str) -> list[str]:
    return [f"# HELP {name} {help_text}", f"# TYPE {name} {kind}"]


def _line(name: str, label: str, value: str, number: float) -> str:
    escaped = value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
    return f'{name}{{{label}="{escaped}"}} {number}'
