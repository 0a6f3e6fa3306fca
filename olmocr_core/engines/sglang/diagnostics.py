"""What the last log lines of SGLang mean, and what to do. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

_ANSI = re.compile(r"\x1b\[[0-9;]*m")
# A healthy server writes these too: all its arguments in one line, and the optional parts that are missing.
_HARMLESS = re.compile(r"server_args=|ignore import error|is unavailable; |\bwarning\b|^\s", re.IGNORECASE)


class Diagnosis(NamedTuple):
    """``cause`` is a stable name, ``text`` says what to do. A ``hopeless`` cause ends every further start in the same way."""

    cause: str
    text: str
    hopeless: bool


# The first row that any line matches wins: causes stand before the errors that they lead to.
_TABLE: tuple[tuple[str, Diagnosis], ...] = (
    (
        r"address already in use|errno 98|port \d+ is (already )?(in use|occupied|not available)",
        Diagnosis(
            "port_in_use", "the port is taken by another process: leave the port out to have a free one chosen", False
        ),
    ),
    (
        r"no kernel image is available|sm_?\d+ is not (compatible|supported)|requires? (compute capability|sm_?\d+)",
        Diagnosis(
            "gpu_too_old",
            "this build of SGLang or torch has no code for this GPU: install the builds for its generation, or read with "
            "--engine cpu or --server URL",
            True,
        ),
    ),
    (
        r"driver.* is (too old|insufficient)|forward compatibility was attempted|libcuda\.so",
        Diagnosis(
            "driver",
            "the NVIDIA driver is missing or older than this torch needs: update the driver, or install an older torch",
            True,
        ),
    ),
    (
        r"no cuda gpus are available|found no nvidia driver|torch not compiled with cuda|cuda is not available",
        Diagnosis(
            "no_gpu",
            "SGLang sees no GPU: check nvidia-smi and CUDA_VISIBLE_DEVICES, or read with --engine cpu or --server URL",
            True,
        ),
    ),
    (
        r"not enough memory|try to increase --mem-fraction-static|out of memory.*kv cache|kv cache.*(too small|not enough)",
        Diagnosis(
            "no_room_for_cache",
            "after the weights no memory is left for pages: free the card, raise mem-fraction-static, use the FP8 weights "
            "or more GPUs (tp-size)",
            True,
        ),
    ),
    (
        r"cuda out of memory|outofmemoryerror|cublas_status_alloc_failed|cudaerrormemoryallocation|hip out of memory",
        Diagnosis(
            "out_of_memory",
            "the GPU's memory ran out: close what else uses the card (nvidia-smi), or lower mem-fraction-static by 0.05, "
            "chunked-prefill-size by half, or max-running-requests",
            False,
        ),
    ),
    (
        r"nccl (error|failure)|ncclsystemerror|ncclinternalerror|ncclunhandledcudaerror|nccl.{0,100}(timeout|timed out)",
        Diagnosis(
            "nccl",
            "the GPUs could not talk to each other: give containers shared memory (--shm-size=16g), try NCCL_P2P_DISABLE=1, "
            "or run one server a GPU (tp-size 1)",
            False,
        ),
    ),
    (
        r"illegal memory access|device-side assert|uncorrectable ecc|xid \d+|fallen off the bus|launch failure|cuda error",
        Diagnosis(
            "cuda_error",
            "the GPU reported an error: if it comes again, look for Xid lines in dmesg (a failing or overheated card), "
            "then update the driver or try attention-backend=triton",
            False,
        ),
    ),
    (
        r"architectures? .*(not supported|unsupported)|no processor registered for|does not recognize this architecture",
        Diagnosis(
            "architecture",
            "this SGLang does not know the model's architecture: update sglang and transformers, or choose another model",
            True,
        ),
    ),
    (
        r"is not a local folder and is not a valid model identifier|repository not found|repositorynotfound|404 client error",
        Diagnosis(
            "model_not_found", "there is no such model: check the name, or give the folder that holds its files", True
        ),
    ),
    (
        r"gatedrepo|401 client error|403 client error|access to model .* is restricted",
        Diagnosis("model_access", "the model's page wants you to accept its terms: do so, then set HF_TOKEN", True),
    ),
    (
        r"couldn't connect to .*to load|offline mode is enabled|localentrynotfounderror|name resolution",
        Diagnosis(
            "hub_unreachable", "the model hub cannot be reached: give the folder that holds the model's files", True
        ),
    ),
    (
        r"safetensors.*(corrupt|invalid|incomplete)|safetensorerror|headertoo(large|small)|cannot find any model weights",
        Diagnosis(
            "weights_broken", "the model's weight files are missing or cut short: download the model again", True
        ),
    ),
    (
        r"unrecognized arguments|invalid choice|error: argument",
        Diagnosis("arguments", "this version of SGLang does not take one of the arguments: see the line below", True),
    ),
    (
        r"^(modulenotfounderror|importerror): |cannot open shared object file",
        Diagnosis(
            "installation",
            "the installation of SGLang is incomplete: install it anew in an environment of its own",
            True,
        ),
    ),
    (
        r"no space left on device",
        Diagnosis("disk_full", "the disk is full: free some space, or move HF_HOME and TMPDIR elsewhere", False),
    ),
)
_ROWS = tuple((re.compile(pattern, re.IGNORECASE), diagnosis) for pattern, diagnosis in _TABLE)


def diagnose(lines: Iterable[str]) -> Diagnosis | None:
    """The diagnosis of a log's last lines; None when no known cause is in them."""
    clean = [line for line in (_ANSI.sub("", line) for line in lines) if not _HARMLESS.search(line)]
    return next((diagnosis for pattern, diagnosis in _ROWS if any(pattern.search(line) for line in clean)), None)
