"""The GPUs of this machine, listed by torch in a short process of its own: the core never imports torch."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from olmocr_core.domain.errors import UsageError

_SECONDS = 120.0
_OTHERWISE = "read with --server URL (a server elsewhere) or --engine cpu"
_QUESTION = """
import json, torch
found = []
for index in range(torch.cuda.device_count() if torch.cuda.is_available() else 0):
    card = torch.cuda.get_device_properties(index)
    found.append([index, card.name, card.total_memory >> 20, [card.major, card.minor]])
print(json.dumps(found))
"""


@dataclass(frozen=True, slots=True)
class Gpu:
    """A GPU as torch numbers it (after CUDA_VISIBLE_DEVICES). Memory in MiB; compute capability as (major, minor)."""

    index: int
    name: str
    memory_mb: int
    compute_capability: tuple[int, int]


def list_gpus(python: str = sys.executable, environ: Mapping[str, str] | None = None) -> tuple[Gpu, ...]:
    """The GPUs that a process with this environment sees, in the order of torch.

    CUDA_VISIBLE_DEVICES and CUDA_DEVICE_ORDER apply. ``python`` is the interpreter of the environment that holds torch.
    Raises UsageError without torch or GPU.
    """
    environment = dict(os.environ if environ is None else environ)
    try:
        answer = subprocess.run(
            [python, "-c", _QUESTION], env=environment, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except OSError as error:
        raise UsageError(
            f"the engine sglang needs an environment with torch; {python} cannot be run: {error}"
        ) from error
    except subprocess.TimeoutExpired as error:
        raise UsageError(f"torch did not say within {_SECONDS:.0f} s which GPUs there are: check nvidia-smi") from error
    if answer.returncode != 0:
        raise UsageError(_why_not(python, answer.stderr))
    gpus = parse_gpus(answer.stdout)
    if not gpus:
        chosen = environment.get("CUDA_VISIBLE_DEVICES")
        hint = f" (CUDA_VISIBLE_DEVICES is {chosen!r})" if chosen is not None else ""
        raise UsageError(f"torch sees no GPU on this machine{hint}: {_OTHERWISE}")
    return gpus


def parse_gpus(output: str) -> tuple[Gpu, ...]:
    """Parse the last line; libraries may print lines before it. Raises UsageError when it is no list of GPUs."""
    lines = output.strip().splitlines()
    try:
        rows = json.loads(lines[-1] if lines else "")
        return tuple(Gpu(index, name, memory, (major, minor)) for index, name, memory, (major, minor) in rows)
    except (TypeError, ValueError) as error:
        raise UsageError(f"torch gave no list of GPUs but {output[-200:]!r}") from error


def _why_not(python: str, stderr: str) -> str:
    last = stderr.strip().splitlines()[-1] if stderr.strip() else "no message"
    if "No module named 'torch'" in stderr:
        return f"the engine sglang needs torch and sglang, which {python} has not: install olmocr-flows[gpu], or {_OTHERWISE}"
    return f"torch could not list the GPUs ({last}): check nvidia-smi and the driver, or {_OTHERWISE}"
