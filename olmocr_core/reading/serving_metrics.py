"""Serving statistics as Prometheus metrics: the text format, and an HTTP endpoint."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from olmocr_core.domain.errors import UsageError
from olmocr_core.domain.serving_stats import ServingStats

_COUNTERS = (
    ("pages", "Pages that got a first answer"),
    ("attempts", "Answers, good or bad"),
    ("requests", "Requests sent"),
    ("probes", "Small requests that asked whether a server is well"),
    ("input_tokens", "Tokens read by the servers, images included"),
    ("output_tokens", "Tokens written by the servers"),
    ("cached_tokens", "Input tokens that came from the servers' prefix caches"),
    ("aborted_tokens", "Output tokens that were discarded"),
)
_GAUGES = (
    ("in_flight", "Requests in flight"),
    ("limit", "Requests that may be in flight now"),
    ("busy_seconds", "Seconds with at least one request in flight"),
)


def render_prometheus(serving: ServingStats) -> str:
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


async def serve_metrics(host: str, port: int, source: Callable[[], ServingStats]) -> asyncio.Server:
    """Answer every GET at ``host`` and ``port`` (0: any free one) with the metrics until the server is closed.

    Raises UsageError when it cannot listen there.
    """

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

    try:
        return await asyncio.start_server(answer, host, port)
    except OSError as error:
        raise UsageError(
            f"the metrics cannot be served at {host}:{port} ({error.strerror or error}): "
            "set inference.metrics_host and inference.metrics_port to an address and a free port of this machine"
        ) from error


def _head(name: str, help_text: str, kind: str) -> list[str]:
    return [f"# HELP {name} {help_text}", f"# TYPE {name} {kind}"]


def _line(name: str, label: str, value: str, number: float) -> str:
    escaped = value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
    return f'{name}{{{label}="{escaped}"}} {number}'
