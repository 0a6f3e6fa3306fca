import asyncio

import pytest

from olmocr_core.domain.errors import UsageError
from olmocr_core.domain.models import Completion, Usage
from olmocr_core.domain.serving_stats import ServerLoad, ServingCounters, ServingStats
from olmocr_core.reading.serving_metrics import gauge_sum, render_prometheus, serve_metrics


def totals() -> ServingCounters:
    made = ServingCounters(requests=4)
    made.count_answer(
        Completion(usage=Usage(input_tokens=1700, output_tokens=300, cached_tokens=40)), first_attempt=True
    )
    made.count_answer(Completion(finish_reason="repetition", usage=Usage(input_tokens=1700, output_tokens=90)), True)
    made.count_fault("timeout", 7)
    return made


def test_prometheus_text() -> None:
    text = render_prometheus(totals().snapshot((ServerLoad(server='a"1', in_flight=3, limit=8),)))
    assert "# TYPE olmocr_pages_total counter\nolmocr_pages_total 2\n" in text
    assert 'olmocr_finished_total{reason="repetition"} 1' in text
    assert 'olmocr_faults_total{kind="timeout"} 1' in text
    assert 'olmocr_server_in_flight{server="a\\"1"} 3' in text
    assert text.endswith("\n")
    names = [line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")]
    assert len(names) == len(set(names))


def test_a_metric_is_summed_over_its_labels() -> None:
    text = '# HELP x:q no\nx:q{rank="0"} 2.0\nx:q{rank="1 }"} 3\nx:queue 9\nx:q{rank="2"} NaNsense\nx:r 1\n'
    assert gauge_sum(text, "x:q") == 5.0
    assert gauge_sum(text, "x:r") == 1.0
    assert gauge_sum(text, "x:none") is None


async def test_metrics_are_served_at_a_port() -> None:
    server = await serve_metrics("127.0.0.1", 0, lambda: ServingStats(pages=12))
    async with server:
        port = server.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
        said = (await reader.read()).decode()
        writer.close()
    assert said.startswith("HTTP/1.1 200 OK")
    assert "olmocr_pages_total 12" in said


@pytest.mark.parametrize("host", ["no such host", "192.0.2.1"])
async def test_an_address_of_another_machine_is_a_usage_error(host: str) -> None:
    with pytest.raises(UsageError, match=r"inference\.metrics_host"):
        await serve_metrics(host, 0, ServingStats)
