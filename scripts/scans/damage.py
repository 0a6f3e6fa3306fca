"""Damage pages like age, presses and scanners do: each kind by itself, and all together."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from scripts.scans.pages import Gray, Page, make_page

Rng = np.random.Generator


def _page(image: Gray, rng: Rng) -> Gray:
    return image


def _faint(image: Gray, rng: Rng) -> Gray:
    return _bytes(150 + (image.astype(np.float32) - 20) * (55 / 235) + rng.normal(0, 4, image.shape))


def _blurred(image: Gray, rng: Rng) -> Gray:
    return _bytes(cv2.GaussianBlur(image, (0, 0), 1.3))


def _noisy(image: Gray, rng: Rng) -> Gray:
    return _bytes(0.75 * image.astype(np.float32) + 25 + rng.normal(0, 34, image.shape))


def _speckled(image: Gray, rng: Rng) -> Gray:
    out = image.copy()
    height, width = out.shape
    for _ in range(height * width // 700):
        y, x = int(rng.integers(height)), int(rng.integers(width))
        cv2.circle(out, (x, y), int(rng.integers(0, 2)), int(rng.integers(0, 90)), -1)
    return out


def _bled(image: Gray, rng: Rng) -> Gray:
    other = make_page(0, int(rng.integers(1000)), 100).image[:, ::-1]
    back = cv2.GaussianBlur(cv2.resize(other, image.shape[::-1]), (0, 0), 1.2).astype(np.float32)
    return _bytes(np.minimum(image, 120 + back * (110 / 255)))


def _shaded(image: Gray, rng: Rng) -> Gray:
    height, width = image.shape
    across = np.linspace(0, 1, width)[None]
    down = np.linspace(0, 1, height)[:, None]
    light = 0.95 - 0.5 * np.exp(-across * 6) - 0.35 * np.clip(down - 0.5, 0, 1) * across * 2
    stains = np.zeros((height, width), np.uint8)
    for _ in range(5):
        at = (int(rng.integers(width)), int(rng.integers(height)))
        cv2.circle(stains, at, int(rng.integers(20, max(21, width // 6))), 255, -1)
    light = light - 0.25 * cv2.GaussianBlur(stains, (0, 0), width / 40) / 255
    return _bytes(image * np.clip(light, 0.25, 1))


def _leaning(image: Gray, rng: Rng) -> Gray:
    height, width = image.shape
    degrees = float(rng.uniform(1.5, 5)) * (1 if rng.random() < 0.5 else -1)
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 0.95)
    return _bytes(cv2.warpAffine(image, turn, (width, height), borderValue=255))


def _curled(image: Gray, rng: Rng) -> Gray:
    """Bend lines and narrow letters towards the left edge, like near the gutter of a book."""
    height, width = image.shape
    x = np.linspace(0, 1, width, dtype=np.float32)
    near = np.exp(-x * 5)
    shift = 0.05 * height * near
    squeezed = np.clip(x + 0.05 * near - 0.05 * float(np.exp(-5)), 0, 1) * (width - 1)
    map_x = np.repeat(squeezed[None], height, axis=0).astype(np.float32)
    fan = np.linspace(1.2, 0.4, height, dtype=np.float32)[:, None]
    map_y = (np.arange(height, dtype=np.float32)[:, None] - shift[None] * fan).astype(np.float32)
    curled = cv2.remap(image, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=255)
    return _bytes(curled * (1 - 0.4 * np.exp(-x * 12))[None])


def _wavy(image: Gray, rng: Rng) -> Gray:
    height, width = image.shape
    x = np.linspace(0, 1, width, dtype=np.float32)[None]
    y = np.arange(height, dtype=np.float32)[:, None]
    phase = float(rng.uniform(0, 6))
    map_y = y + 0.012 * height * np.sin(2 * np.pi * 0.9 * x + phase + y / height).astype(np.float32)
    map_x = np.repeat(np.arange(width, dtype=np.float32)[None], height, axis=0)
    return _bytes(cv2.remap(image, map_x, map_y.astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))


def _edged(image: Gray, rng: Rng) -> Gray:
    """Add black edges of the scanner and a strip of the facing page."""
    height, width = image.shape
    strip = width // 12
    page = make_page(1, int(rng.integers(1000)), 100).image
    other = cv2.resize(page, (width, height))[:, -width // 5 : -width // 5 + strip]
    out = np.full((height + 60, width + strip + 70), 8, np.uint8)
    out[30 : 30 + height, 20 : 20 + strip] = other
    out[30 : 30 + height, 30 + strip : 30 + strip + width] = image
    return out


def _pressed(image: Gray, rng: Rng) -> Gray:
    """Photocopy: ink runs or breaks, then black and white."""
    field = cv2.GaussianBlur(rng.normal(0, 1, image.shape).astype(np.float32), (0, 0), 1.0) * 75
    soft = cv2.GaussianBlur(image, (0, 0), 0.8).astype(np.float32) + field
    return _bytes(np.where(soft > 155, 255, 0))


def _old(image: Gray, rng: Rng) -> Gray:
    for damage in (_curled, _blurred_little, _bled, _shaded):
        image = damage(image, rng)
    return _bytes(image.astype(np.float32) + rng.normal(0, 7, image.shape))


def _blurred_little(image: Gray, rng: Rng) -> Gray:
    return _bytes(cv2.GaussianBlur(image, (0, 0), 0.7))


def _bytes(values: object) -> Gray:
    return np.clip(np.asarray(values, dtype=np.float32), 0, 255).astype(np.uint8)


# By kind: dots per inch, the damage, and the quality of the JPEG.
KINDS: dict[str, tuple[int, Callable[[Gray, Rng], Gray], int]] = {
    "clean": (150, _page, 90),
    "coarse": (95, _page, 60),
    "jpeg": (120, _page, 12),
    "faint": (140, _faint, 60),
    "blurred": (150, _blurred, 60),
    "noisy": (150, _noisy, 60),
    "speckled": (150, _speckled, 60),
    "bleed-through": (140, _bled, 60),
    "uneven light": (140, _shaded, 60),
    "photocopied": (150, _pressed, 90),
    "leaning": (140, _leaning, 75),
    "curled": (140, _curled, 75),
    "wavy": (140, _wavy, 75),
    "edges": (140, _edged, 75),
    "facing pages": (110, _page, 75),
    "old": (130, _old, 50),
}


def make_scan(kind: str, style: int) -> tuple[Page, int]:
    """Make a damaged page and return it with the quality of its JPEG; the same for the same arguments."""
    dpi, damage, quality = KINDS[kind]
    seed = 100 * list(KINDS).index(kind) + style
    page = make_page(style, seed, dpi)
    image, words = page.image, page.words
    if kind == "facing pages":
        right = make_page((style + 1) % 3, seed + 50, dpi)
        gutter = np.full((image.shape[0], 6), 90, np.uint8)
        image, words = np.hstack([image, gutter, right.image]), (*words, *right.words)
    return Page(damage(image, np.random.default_rng(seed)), words, dpi), quality
