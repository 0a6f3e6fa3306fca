"""``/metrics`` for Prometheus: requests, jobs by state, the queue, pages and seconds by route. Counted since the start."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from service.jobs.runners import Runners
from service.state import the_state

router = APIRouter(tags=["health"])
RequestCounts = Counter[tuple[str, int]]
_Sample = tuple[tuple[str, ...], float]


@router.get("/metrics", response_class=Response)
async def metrics(request: Request) -> Response:
    """The counters in Prometheus' text format."""
    registry = CollectorRegistry()
    registry.register(_Counted(the_state(request).runners, request.app.state.requests))
    # Here, and not in a thread of prometheus_client's own server: the event loop changes the counters.
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


class _Counted(Collector):
    def __init__(self, runners: Runners, requests: RequestCounts) -> None:
        self._runners = runners
        self._requests = requests

    def collect(self) -> Iterator[Metric]:
        """Each metric with its samples."""
        counts = self._runners.default.counts
        requests = [((method, str(status)), number) for (method, status), number in self._requests.items()]
        yield _counter("requests", "Answered requests", ("method", "status"), requests)
        yield _counter("jobs_ended", "Jobs that ended", ("state",), _single(counts.ended))
        yield _counter("pages", "Finished pages", ("route",), _single(counts.pages))
        yield _counter(
            "page_seconds",
            "Seconds that these pages took when they were read",
            ("route",),
            _single(counts.page_seconds),
        )
        yield GaugeMetricFamily("olmocr_service_jobs_waiting", "Jobs that wait", self._runners.waiting)
        yield GaugeMetricFamily("olmocr_service_jobs_running", "Jobs in progress", self._runners.running)
        yield GaugeMetricFamily(
            "olmocr_service_ready", "Whether documents are read", float(not self._runners.default.trouble)
        )


def _single(values: Mapping[str, float]) -> list[_Sample]:
    return [((name,), value) for name, value in values.items()]


def _counter(name: str, text: str, labels: tuple[str, ...], samples: Sequence[_Sample]) -> Metric:
    family = CounterMetricFamily(f"olmocr_service_{name}", text, labels=labels)
    for given, value in sorted(samples):
        family.add_metric(given, value)
    return family
