"""Models, loaded once per worker process: ONNX sessions with one thread (the pool has one worker per core)."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import numpy.typing as npt

from olmocr_core.ocr.weights import WeightFile, require_file

if TYPE_CHECKING:
    import onnxruntime

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
T = TypeVar("T")

_MEAN = np.array([0.485, 0.456, 0.406], dtype=np.float32) * 255
_STD = np.array([0.229, 0.224, 0.225], dtype=np.float32) * 255


class Network:
    """An ONNX network with one input. ``run`` takes an array (batch, 3, height, width) and returns all outputs."""

    def __init__(self, file: WeightFile, arena: bool = False) -> None:
        """Load the file. Raises RunError if it is missing or changed."""
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 4
        # Without the arena, memory follows the current page; with it a worker keeps the memory of the largest page it
        # ever saw.
        options.enable_cpu_mem_arena = arena
        options.enable_mem_pattern = False
        self._session: onnxruntime.InferenceSession = onnxruntime.InferenceSession(
            str(require_file(file)), sess_options=options, providers=["CPUExecutionProvider"]
        )
        self._input: str = self._session.get_inputs()[0].name

    def run(self, batch: Floats) -> list[Any]:
        """Run one batch; return all outputs."""
        outputs: list[Any] = self._session.run(None, {self._input: batch})
        return outputs


class ModelCache:
    """The models that a worker has loaded, kept in its memo."""

    def __init__(self, memo: MutableMapping[Any, Any]) -> None:
        """``memo`` lives as long as the worker process."""
        self._memo = memo

    def load_network(self, file: WeightFile) -> Network:
        """The network of a weight file, loaded on first use."""
        return self.load_once(("network", file.sha256), lambda: Network(file))

    def load_once(self, key: object, make: Callable[[], T]) -> T:
        """The value of ``make``, created once for this key."""
        if key not in self._memo:
            self._memo[key] = make()
        value: T = self._memo[key]
        return value


def normalise_image(image: Pixels) -> Floats:
    """Convert an RGB image (height, width, 3) to network input: BGR, ImageNet mean and deviation, (1, 3, h, w)."""
    floats = (image[:, :, ::-1].astype(np.float32) - _MEAN) / _STD
    return np.ascontiguousarray(floats.transpose(2, 0, 1)[None])
