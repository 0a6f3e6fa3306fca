"""Detect layout regions of a page (PP-PicoDet trained on CDLA)."""

from __future__ import annotations

from typing import get_args

import cv2
import numpy as np

from olmocr_core.domain.geometry import Box, Region, RegionKind
from olmocr_core.ocr.models import Floats, Network, Pixels, normalise_image

_INPUT = (608, 800)
_STRIDES = (8, 16, 32, 64)
_MIN_SCORE = 0.4
_MAX_OVERLAP = 0.5


def find_regions(network: Network, image: Pixels) -> list[Region]:
    """Regions of an RGB image in its pixels, most confident first."""
    small = np.asarray(cv2.resize(image, _INPUT, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    outputs = network.run(normalise_image(small))
    boxes = np.concatenate(
        [_decode_boxes(outputs[len(_STRIDES) + level][0], stride) for level, stride in enumerate(_STRIDES)]
    )
    scores: Floats = np.concatenate([outputs[level][0] for level in range(len(_STRIDES))])
    height, width = image.shape[:2]
    boxes = np.clip(boxes * np.array([width / _INPUT[0], height / _INPUT[1]] * 2), 0, [width, height] * 2)
    regions = [
        Region(kind, Box(*map(float, boxes[index])), float(scores[index, label]))
        for label, kind in enumerate(get_args(RegionKind))
        for index in _suppress_overlaps(boxes, scores[:, label])
    ]
    return _keep_one_kind_each(sorted(regions, key=lambda region: -region.score))


def _decode_boxes(distances: Floats, stride: int) -> Floats:
    """Boxes (n, 4) from distributions of the distance to each side (n, 4 * bins)."""
    bins = distances.shape[1] // 4
    shaped = distances.reshape(-1, 4, bins)
    weights = np.exp(shaped - shaped.max(axis=2, keepdims=True))
    sides = (weights @ np.arange(bins, dtype=np.float32)) / weights.sum(axis=2) * stride
    across, down = int(np.ceil(_INPUT[0] / stride)), int(np.ceil(_INPUT[1] / stride))
    xs, ys = np.meshgrid(np.arange(across), np.arange(down))
    x, y = ((xs.ravel() + 0.5) * stride), ((ys.ravel() + 0.5) * stride)
    boxes = [x - sides[:, 0], y - sides[:, 1], x + sides[:, 2], y + sides[:, 3]]
    return np.stack(boxes, axis=1).astype(np.float32)


def _suppress_overlaps(boxes: Floats, scores: Floats) -> list[int]:
    """Non-maximum suppression: indices of the boxes that are the most confident among those they overlap."""
    order = [int(i) for i in np.argsort(-scores) if scores[i] >= _MIN_SCORE][:200]
    kept: list[int] = []
    for index in order:
        box = Box(*map(float, boxes[index]))
        if all(_compute_iou(box, Box(*map(float, boxes[other]))) <= _MAX_OVERLAP for other in kept):
            kept.append(index)
    return kept


def _keep_one_kind_each(regions: list[Region]) -> list[Region]:
    """Keep the most confident of regions that cover each other."""
    kept: list[Region] = []
    for region in regions:
        if all(_compute_iou(region.box, other.box) <= 0.8 for other in kept):
            kept.append(region)
    return kept


def _compute_iou(a: Box, b: Box) -> float:
    """Intersection over union."""
    overlap = a.overlap(b)
    union = a.width * a.height + b.width * b.height - overlap
    return overlap / union if union > 0 else 0.0
