"""Open models, once per worker process: ONNX sessions on one thread (the pool has one worker a core)."""

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
    """One ONNX network with one input. ``run`` takes an array (batch, 3, height, width) and gives all outputs."""

    def __init__(self, file: WeightFile, arena: bool = False) -> None:
        """Open the file; raises RunError when it is missing or changed."""
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 4
        # Without the arena memory follows the page at hand; with it a worker keeps the largest page it ever saw.
        options.enable_cpu_mem_arena = arena
        options.enable_mem_pattern = False
        self._session: onnxruntime.InferenceSession = onnxruntime.InferenceSession(
            str(require_file(file)), sess_options=options, providers=["CPUExecutionProvider"]
        )
        self._input: str = self._session.get_inputs()[0].name

    def run(self, batch: Floats) -> list[Any]:
        """All outputs for one batch."""
        outputs: list[Any] = self._session.run(None, {self._input: batch})
        return outputs

    def labels(self) -> list[str]:
        """The class names that the file carries, one a line."""
        text: str = self._session.get_modelmeta().custom_metadata_map["character"]
        return text.splitlines()


class ModelCache:
    """What a worker has opened so far, kept in the worker's memo."""

    def __init__(self, memo: MutableMapping[Any, Any]) -> None:
        """``memo`` lives as long as the worker process."""
        self._memo = memo

    def load_network(self, file: WeightFile) -> Network:
        """The network of a weight file, opened at its first use."""
        return self.load_once(("network", file.sha256), lambda: Network(file))

    def load_once(self, key: object, make: Callable[[], T]) -> T:
        """Whatever ``make`` gives, made once for this key."""
        if key not in self._memo:
            self._memo[key] = make()
        value: T = self._memo[key]
        return value


def normalise_image(image: Pixels) -> Floats:
    """An RGB image (height, width, 3) as the networks want it: BGR, ImageNet mean and deviation, (1, 3, h, w)."""
    floats = (image[:, :, ::-1].astype(np.float32) - _MEAN) / _STD
    return np.ascontiguousarray(floats.transpose(2, 0, 1)[None])
