from __future__ import annotations

import pytest

from olmocr_core.engines.sglang.diagnostics import diagnose

# Lines as SGLang, torch and NCCL write them.
LINES = {
    "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has 512 MiB free": "out_of_memory",
    "RuntimeError: Not enough memory. Please try to increase --mem-fraction-static.": "no_room_for_cache",
    "RuntimeError: CUDA error: an illegal memory access was encountered": "cuda_error",
    "torch.AcceleratorError: CUDA error: device-side assert triggered": "cuda_error",
    "RuntimeError: CUDA error: no kernel image is available for execution on the device": "gpu_too_old",
    "torch.distributed.DistBackendError: NCCL error in: ProcessGroupNCCL.cpp:3690, unhandled system error": "nccl",
    "ncclSystemError: System call (e.g. socket, malloc) or external library call failed": "nccl",
    "ERROR:    [Errno 98] error while binding ('127.0.0.1', 30000): address already in use": "port_in_use",
    "OSError: /nope is not a local folder and is not a valid model identifier listed on the hub": "model_not_found",
    "huggingface_hub.errors.GatedRepoError: 403 Client Error.": "model_access",
    "huggingface_hub.errors.LocalEntryNotFoundError: Cannot find the requested files in the disk cache": "hub_unreachable",
    "ValueError: Model architectures ['FooForCausalLM'] are not supported for now.": "architecture",
    "ValueError: No processor registered for architecture: ['Qwen2_5_VLForConditionalGeneration'].": "architecture",
    "RuntimeError: Found no NVIDIA driver on your system.": "no_gpu",
    "The NVIDIA driver on your system is too old (found version 11040).": "driver",
    "safetensors_rust.SafetensorError: Error while deserializing header: HeaderTooLarge": "weights_broken",
    "launch_server.py: error: unrecognized arguments: --cuda-graph-max-bs 8": "arguments",
    "ModuleNotFoundError: No module named 'flashinfer'": "installation",
    "OSError: [Errno 28] No space left on device": "disk_full",
    "\x1b[31mRuntimeError: CUDA error: unspecified launch failure\x1b[0m": "cuda_error",
}


@pytest.mark.parametrize("line", LINES)
def test_known_causes(line: str) -> None:
    diagnosis = diagnose(["[2026-11-22 10:00:00] Load weight begin.", line, "Killed"])
    assert diagnosis is not None
    assert diagnosis.cause == LINES[line]
    assert len(diagnosis.text) > 30


def test_unknown_lines_have_no_cause() -> None:
    assert diagnose(["[2026-11-22 10:00:00] The server is fired up and ready to roll!", "INFO: 200 OK"]) is None
    assert diagnose([]) is None


@pytest.mark.parametrize(
    "line",
    [
        "[10:00:00] server_args={'nccl_port': None, 'watchdog_timeout': 300, 'grpc_response_timeout': 1}",
        "[10:00:00] Ignore import error when loading sglang.srt.models.inkling: No module named 'cutlass'",
        "[10:00:00] torchcodec is unavailable; video decoding is disabled: No module named 'torchcodec'",
        "WARNING: CUDA out of memory was seen by a probe and handled",
        '    raise RuntimeError("CUDA error")',
        "requests.exceptions.ConnectionError: Max retries exceeded with url: /freeze_gc",
    ],
)
def test_lines_of_a_healthy_server_have_no_cause(line: str) -> None:
    """Lines like these stand in the log of every good start of SGLang 0.5.23."""
    assert diagnose([line]) is None


def test_a_cause_wins_over_the_errors_that_it_leads_to() -> None:
    lines = ["torch.OutOfMemoryError: CUDA out of memory.", "NCCL error: remote process exited", "No module named 'x'"]
    diagnosis = diagnose(reversed(lines))
    assert diagnosis is not None
    assert diagnosis.cause == "out_of_memory"


def test_permanent_causes_are_hopeless() -> None:
    hopeless = {cause: diagnose([line]).hopeless for line, cause in LINES.items()}  # type: ignore[union-attr]
    assert {cause for cause, known in hopeless.items() if not known} == {
        "out_of_memory",
        "cuda_error",
        "nccl",
        "port_in_use",
        "disk_full",
    }
