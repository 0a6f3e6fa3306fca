"""Models, loaded once, and their input."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from olmocr_core.domain.errors import RunError
from olmocr_core.ocr.models import ModelCache, Network, normalise_image
from olmocr_core.ocr.weights import ORIENTATION


def test_a_network_is_loaded_once(models: ModelCache) -> None:
    assert models.load_network(ORIENTATION) is models.load_network(ORIENTATION)


def test_a_value_is_made_once_for_its_key_and_kept_in_the_memo() -> None:
    memo: dict[object, object] = {}
    made = [ModelCache(memo).load_once("a", object) for _ in range(2)]
    assert made[0] is made[1] is memo["a"]
    assert ModelCache(memo).load_once("b", object) is not made[0]


def test_a_missing_file_stops_the_run() -> None:
    with pytest.raises(RunError, match="weights are missing or changed"):
        Network(replace(ORIENTATION, package="no_such_package"))


def test_a_network_returns_all_outputs_of_a_batch(models: ModelCache) -> None:
    (scores,) = models.load_network(ORIENTATION).run(np.zeros((1, 3, 224, 224), np.float32))
    assert scores.shape == (1, 4)


def test_images_become_bgr_planes_of_the_imagenet_mean_and_deviation() -> None:
    image = np.zeros((2, 5, 3), np.uint8)
    image[0, 0] = (255, 0, 0)
    planes = normalise_image(image)
    assert planes.shape == (1, 3, 2, 5)
    assert planes.dtype == np.float32
    black, red = planes[0, :, 1, 1], planes[0, :, 0, 0]
    assert black == pytest.approx([-0.485 / 0.229, -0.456 / 0.224, -0.406 / 0.225])
    assert red - black == pytest.approx([0, 0, 1 / 0.225])
