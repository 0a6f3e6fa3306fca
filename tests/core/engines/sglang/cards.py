"""Named cards and models, as torch and the checkpoints' configs describe them."""

from __future__ import annotations

from olmocr_core.engines.sglang.gpus import Gpu
from olmocr_core.engines.sglang.model import ModelFacts

# Qwen2.5-VL-7B: 28 layers, 4 KV heads of 128, so 56 KiB a token.
FP8 = ModelFacts("allenai/olmOCR-2-7B-1025-FP8", "/models/fp8", 9_800, 57_344, 28, 128_000, "compressed-tensors")
BF16 = ModelFacts("allenai/olmOCR-2-7B-1025", "/models/bf16", 15_820, 57_344, 28, 128_000)


def gpu(name: str, memory_mb: int, capability: tuple[int, int], index: int = 0) -> Gpu:
    return Gpu(index, name, memory_mb, capability)


RTX_4090 = gpu("NVIDIA GeForce RTX 4090", 24_080, (8, 9))
RTX_4060_TI = gpu("NVIDIA GeForce RTX 4060 Ti", 16_060, (8, 9))
A6000 = gpu("NVIDIA RTX A6000", 48_539, (8, 6))
L40S = gpu("NVIDIA L40S", 45_589, (8, 9))
A100 = gpu("NVIDIA A100-SXM4-80GB", 81_154, (8, 0))
H100 = gpu("NVIDIA H100 80GB HBM3", 81_090, (9, 0))
T4 = gpu("Tesla T4", 14_914, (7, 5))
V100 = gpu("Tesla V100-SXM2-32GB", 32_494, (7, 0))

# As docs/gpu.md shows them: what it is called there, the cards, the model, the arguments that follow from the cards.
NAMED = {
    "RTX 4090 (24 GB)": ((RTX_4090,), FP8),
    "RTX 4060 Ti (16 GB)": ((RTX_4060_TI,), FP8),
    "A6000 (48 GB)": ((A6000,), FP8),
    "L40S (48 GB)": ((L40S,), FP8),
    "A100 (80 GB)": ((A100,), FP8),
    "H100 (80 GB)": ((H100,), FP8),
    "H100 (80 GB), 16-bit weights": ((H100,), BF16),
    "2 x L40S": ((L40S, L40S), FP8),
    "2 x RTX 4060 Ti, 16-bit weights": ((RTX_4060_TI, RTX_4060_TI), BF16),
    "T4 x 2 (16 GB), 16-bit weights": ((T4, T4), BF16),
    "V100 (32 GB), 16-bit weights": ((V100,), BF16),
}
