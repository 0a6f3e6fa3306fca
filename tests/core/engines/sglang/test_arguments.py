from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.domain.errors import UsageError
from olmocr_core.engines.sglang.arguments import CONTEXT, PAGE_TOKENS, build_arguments
from olmocr_core.engines.sglang.gpus import Gpu
from olmocr_core.engines.sglang.model import ModelFacts
from tests.core.engines.sglang.cards import A100, BF16, FP8, H100, L40S, NAMED, RTX_4060_TI, RTX_4090, T4, V100, gpu

DOCS = Path(__file__).resolve().parents[4] / "docs" / "gpu.md"
# The same on every card; the docs show them once.
COMMON = ("--model-path", "--served-model-name", "--host", "--port", "--context-length", "--log-level-http")


def options(values: tuple[str, ...]) -> dict[str, str]:
    """Flags with their values; bare flags with an empty one."""
    found: dict[str, str] = {}
    flag = ""
    for word in values:
        if word.startswith("--"):
            flag = word
            found[flag] = ""
        else:
            found[flag] = f"{found[flag]} {word}".strip()
    return found


EXPECTED = {
    "RTX 4090 (24 GB)": {"mem-fraction-static": "0.8", "chunked-prefill-size": "4096", "max-running-requests": "56"},
    "RTX 4060 Ti (16 GB)": {"mem-fraction-static": "0.75", "chunked-prefill-size": "2048", "max-running-requests": "8"},
    "A6000 (48 GB)": {"mem-fraction-static": "0.85", "chunked-prefill-size": "8192", "max-running-requests": "184"},
    "L40S (48 GB)": {"mem-fraction-static": "0.85", "chunked-prefill-size": "8192", "max-running-requests": "176"},
    "A100 (80 GB)": {"mem-fraction-static": "0.85", "chunked-prefill-size": "8192", "max-running-requests": "360"},
    "H100 (80 GB)": {"mem-fraction-static": "0.85", "chunked-prefill-size": "8192", "max-running-requests": "360"},
    "H100 (80 GB), 16-bit weights": {
        "mem-fraction-static": "0.85",
        "chunked-prefill-size": "8192",
        "max-running-requests": "320",
    },
    "2 x L40S": {
        "mem-fraction-static": "0.85",
        "chunked-prefill-size": "8192",
        "max-running-requests": "176",
        "dp-size": "2",
    },
    "2 x RTX 4060 Ti, 16-bit weights": {
        "mem-fraction-static": "0.75",
        "chunked-prefill-size": "2048",
        "max-running-requests": "48",
        "tp-size": "2",
    },
    "T4 x 2 (16 GB), 16-bit weights": {
        "mem-fraction-static": "0.75",
        "chunked-prefill-size": "2048",
        "max-running-requests": "32",
        "dtype": "half",
        "tp-size": "2",
    },
    "V100 (32 GB), 16-bit weights": {
        "mem-fraction-static": "0.8",
        "chunked-prefill-size": "4096",
        "max-running-requests": "56",
        "dtype": "half",
        "attention-backend": "triton",
        "sampling-backend": "pytorch",
    },
}


@pytest.mark.parametrize("name", NAMED)
def test_arguments_for_common_cards(name: str) -> None:
    gpus, model = NAMED[name]
    found = options(build_arguments(gpus, model, port=30001).values)
    assert found == {
        "--model-path": model.path,
        "--served-model-name": "olmocr",
        "--host": "127.0.0.1",
        "--port": "30001",
        "--context-length": "16384",
        "--enable-metrics": "",
        "--enable-cache-report": "",
        "--log-level-http": "warning",
        **{f"--{flag}": value for flag, value in EXPECTED[name].items()},
    }


@pytest.mark.parametrize("name", NAMED)
def test_the_docs_show_these_arguments(name: str) -> None:
    gpus, model = NAMED[name]
    built = build_arguments(gpus, model)
    shown = [
        f"{flag} {value}".strip()
        for flag, value in options(built.values).items()
        if flag not in COMMON and not flag.startswith("--enable")
    ]
    assert f"| {name} | `{' '.join(shown)}` | {built.max_running} |" in DOCS.read_text("utf-8")


def test_the_error_without_a_gpu_names_the_alternatives() -> None:
    with pytest.raises(UsageError, match="--server URL or --engine cpu") as refused:
        build_arguments((), FP8)
    assert f"| none | refused: {refused.value} | 0 |" in DOCS.read_text("utf-8")


def test_device_cpu_needs_no_cards() -> None:
    built = build_arguments((), FP8, {"device": "cpu", "dtype": "float32"})
    assert not {"--mem-fraction-static", "--chunked-prefill-size"} & set(built.values)
    assert options(built.values)["--device"] == "cpu"
    assert built.max_running == 0


def test_replicas_are_preferred_to_splitting() -> None:
    built = build_arguments((H100,) * 8, FP8)
    assert options(built.values)["--dp-size"] == "8"
    assert "--tp-size" not in built.values
    assert built.max_running == 8 * 360


def test_unused_cards_are_noted() -> None:
    built = build_arguments((RTX_4060_TI,) * 3, BF16)
    assert options(built.values)["--tp-size"] == "2"
    assert "--dp-size" not in built.values
    assert built.notes == ("1 of 3 GPUs stay unused: 1 replica(s) take 2 each",)


def test_a_model_that_fits_nowhere_is_refused_with_the_sizes() -> None:
    with pytest.raises(UsageError, match=r"needs 16716 MiB .* 1 GPU\(s\) with 12045 MiB"):
        build_arguments((RTX_4060_TI,), BF16)


def test_unequal_cards_count_as_the_smallest() -> None:
    built = build_arguments((A100, RTX_4090), FP8)
    alone = build_arguments((RTX_4090,), FP8)
    assert options(built.values)["--max-running-requests"] == options(alone.values)["--max-running-requests"]
    assert "24080 MiB" in built.notes[0]


def test_fp8_weights_on_old_cards_are_noted() -> None:
    assert "compute capability 8.0" in build_arguments((V100,), FP8).notes[0]
    assert build_arguments((L40S,), FP8).notes == ()


def test_an_fp8_cache_holds_twice_the_pages() -> None:
    plain = build_arguments((L40S,), FP8)
    small = build_arguments((L40S,), FP8, {"kv_cache_dtype": "fp8_e4m3"})
    assert small.max_running >= 2 * plain.max_running
    assert options(small.values)["--kv-cache-dtype"] == "fp8_e4m3"


@pytest.mark.parametrize("spelling", ["mem-fraction-static", "mem_fraction_static", "--mem-fraction-static"])
def test_each_argument_can_be_overridden_however_it_is_spelt(spelling: str) -> None:
    values = build_arguments((L40S,), FP8, {spelling: 0.7}).values
    assert values.count("--mem-fraction-static") == 1
    assert options(values)["--mem-fraction-static"] == "0.7"
    assert int(options(values)["--max-running-requests"]) < 176


def test_overrides_by_alias_replace_ours() -> None:
    values = build_arguments((L40S, L40S), FP8, {"tp": 2}).values
    assert options(values)["--tp-size"] == "2"
    assert "--dp-size" not in values


def test_max_running_requests_counts_per_replica() -> None:
    assert build_arguments((L40S, L40S), FP8, {"max-running-requests": 50}).max_running == 100


def test_forms_of_values() -> None:
    values = build_arguments(
        (L40S,),
        FP8,
        {"enable_metrics": False, "chunked-prefill-size": None, "trust-remote-code": True, "lora-paths": ["a", 2]},
    ).values
    assert "--enable-metrics" not in values
    assert "--chunked-prefill-size" not in values
    found = options(values)
    assert found["--trust-remote-code"] == ""
    assert found["--lora-paths"] == "a 2"


@pytest.mark.parametrize("name", ["model", "model_path", "--port", "served-model-name"])
def test_arguments_of_other_settings_cannot_be_overridden(name: str) -> None:
    with pytest.raises(UsageError, match="is decided by"):
        build_arguments((L40S,), FP8, {name: "x"})


def test_numbers_must_be_numbers() -> None:
    with pytest.raises(UsageError, match="--tp-size is a number"):
        build_arguments((L40S,), FP8, {"tp-size": "two"})


def test_flags_that_the_installed_version_lacks() -> None:
    everything = frozenset(options(build_arguments((L40S,), FP8).values)) - {"--log-level-http"}
    built = build_arguments((L40S,), FP8, accepted_flags=everything)
    assert "--log-level-http" not in built.values
    assert "warning" not in built.values
    assert built.notes == ("the installed SGLang has no --log-level-http: left out",)
    with pytest.raises(UsageError, match="no argument --enable-metric; it has --enable-metrics"):
        build_arguments((L40S,), FP8, {"enable_metric": True}, everything)
    assert build_arguments((L40S,), FP8, {"gone": None}, everything).values == built.values


@given(
    count=st.integers(1, 8),
    memory=st.integers(4_000, 200_000),
    weights=st.integers(1_000, 80_000),
    capability=st.sampled_from([(7, 0), (7, 5), (8, 0), (8, 9), (9, 0), (12, 0)]),
)
def test_the_promised_pages_fit_the_cards(count: int, memory: int, weights: int, capability: tuple[int, int]) -> None:
    model = ModelFacts("m", "/m", weights, 57_344, 28, 128_000)
    cards: tuple[Gpu, ...] = tuple(gpu("card", memory, capability, index) for index in range(count))
    try:
        built = build_arguments(cards, model)
    except UsageError:
        most = max(tp for tp in (1, 2, 4) if tp <= count)
        assert memory * 0.75 * most <= weights + CONTEXT * 57_344 / 2**20
        return
    found = options(built.values)
    tp, dp = int(found.get("--tp-size", 1)), int(found.get("--dp-size", 1))
    running = int(found["--max-running-requests"])
    assert tp * dp <= count
    assert built.max_running == running * dp
    used = weights + (running * PAGE_TOKENS * 57_344 / 2**20 if running > 1 else 0)
    assert used <= memory * tp * float(found["--mem-fraction-static"])
    assert ("--dtype" in found) == (capability < (8, 0))


def test_old_cards_only() -> None:
    assert options(build_arguments((T4, T4), BF16).values)["--dtype"] == "half"
    assert "--attention-backend" not in build_arguments((T4, T4), BF16).values
