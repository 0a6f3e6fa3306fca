from olmocr_core.domain.models import Completion, Usage
from olmocr_core.domain.serving_stats import ServerLoad, ServingCounters, ServingStats


def totals() -> ServingCounters:
    made = ServingCounters(requests=4)
    made.count_answer(
        Completion(usage=Usage(input_tokens=1700, output_tokens=300, cached_tokens=40)), first_attempt=True
    )
    made.count_answer(Completion(finish_reason="repetition", usage=Usage(input_tokens=1700, output_tokens=90)), True)
    made.count_fault("timeout", 7)
    return made


def test_counters_sum_up() -> None:
    serving = totals().snapshot(
        (ServerLoad(server="a:1", busy_seconds=1800.0), ServerLoad(server="b:1", busy_seconds=1800.0))
    )
    assert (serving.pages, serving.attempts, serving.requests) == (2, 2, 4)
    assert (serving.input_tokens, serving.output_tokens, serving.cached_tokens) == (3400, 390, 40)
    assert serving.aborted_tokens == 97
    assert serving.gpu_seconds == 3600
    assert serving.cost_per_1000_pages(2.0) == 1000.0
    assert ServingStats().cost_per_1000_pages(2.0) is None
