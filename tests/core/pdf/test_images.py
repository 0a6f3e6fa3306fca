"""Image documents of all formats, modes and kinds of damage."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from olmocr_core.domain.errors import PageTooLarge, RenderFailed, TooManyPages, UnreadableDocument
from olmocr_core.domain.settings import Limits
from olmocr_core.pdf.images import count_frames, draw_frame
from tests.core.pdf.making import darkest_corner

LIMITS = Limits()


def marked(size: tuple[int, int] = (200, 100), mode: str = "RGB") -> Image.Image:
    image = Image.new("RGB", size, "white")
    image.paste("black", (0, 0, size[0] // 5, size[1] // 5))
    return image.convert(mode)


def drawn(path: Path, number: int = 1, side: int = 1288, limits: Limits = LIMITS) -> Image.Image:
    return draw_frame(str(path), number, side, limits)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "CMYK", "YCbCr"])
def test_every_mode_becomes_gray_or_colour(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "a.tif"
    marked(mode=mode).save(path)
    image = drawn(path)
    assert image.mode in ("L", "RGB")
    assert image.size == (200, 100)
    assert darkest_corner(image) == "top-left"


def test_images_are_reduced_and_never_enlarged(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    marked((3000, 100)).save(path)
    assert drawn(path).size == (1288, 43)
    assert drawn(path, side=4000).size == (3000, 100)
    Image.new("L", (5000, 2)).save(path)
    assert drawn(path).size == (1288, 1)


def test_a_large_jpeg_is_reduced_while_it_is_decoded(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    marked((4000, 3000)).save(path)
    image = drawn(path)
    assert image.size == (1288, 966)
    assert darkest_corner(image) == "top-left"


@pytest.mark.parametrize(
    ("orientation", "corner", "size"),
    [
        (1, "top-left", (200, 100)),
        (3, "bottom-right", (200, 100)),
        (6, "top-right", (100, 200)),
        (8, "bottom-left", (100, 200)),
    ],
)
@pytest.mark.parametrize("suffix", [".jpg", ".tif", ".png", ".webp"])
def test_the_exif_orientation_is_applied(
    tmp_path: Path, suffix: str, orientation: int, corner: str, size: tuple[int, int]
) -> None:
    path = tmp_path / f"a{suffix}"
    exif = Image.Exif()
    exif[0x0112] = orientation
    marked().save(path, exif=exif)
    image = drawn(path)
    assert (darkest_corner(image), image.size) == (corner, size)


def test_transparency_becomes_white(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    image = Image.new("RGBA", (100, 100), (0, 0, 0, 0))
    image.paste((0, 0, 0, 255), (0, 0, 20, 20))
    image.save(path)
    assert drawn(path).convert("L").getpixel((90, 90)) == 255
    assert darkest_corner(drawn(path)) == "top-left"


@pytest.mark.parametrize("white", [255, 1023, 4095, 65535])
def test_deep_gray_keeps_its_range(tmp_path: Path, white: int) -> None:
    path = tmp_path / "a.png"
    values: Any = np.full((50, 50), white, np.uint16)
    values[:10, :10] = 0
    Image.fromarray(values).save(path)
    image = drawn(path)
    assert image.mode == "L"
    assert (image.getpixel((40, 40)), image.getpixel((2, 2))) == (255, 0)


def test_floating_point_images_are_scaled_to_eight_bits(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    values: Any = np.ones((50, 50), np.float32)
    values[0, 0] = np.nan
    values[:10, 5:10] = -1
    Image.fromarray(values).save(path)
    assert drawn(path).getextrema() == (0, 255)


def test_frames_of_a_tiff_are_pages(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    frames = [Image.new("L", (10 + number, 10), 20 * number) for number in range(5)]
    frames[0].save(path, save_all=True, append_images=frames[1:])
    assert count_frames(str(path), LIMITS) == 5
    assert [drawn(path, number).size for number in (1, 3, 5)] == [(10, 10), (12, 10), (14, 10)]
    with pytest.raises(RenderFailed, match="no page 6"):
        drawn(path, 6)
    with pytest.raises(TooManyPages, match=r"limits\.max_pages = 4"):
        count_frames(str(path), Limits(max_pages=4))


def test_an_animated_picture_is_one_page(tmp_path: Path) -> None:
    path = tmp_path / "a.webp"
    marked().save(path, save_all=True, append_images=[marked().rotate(90)])
    assert count_frames(str(path), LIMITS) == 1


def test_too_many_pixels_are_refused_before_decoding(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.new("1", (20_000, 10_000)).save(path)
    with pytest.raises(PageTooLarge, match=r"20000 x 10000 pixels .*page_megapixels = 50"):
        drawn(path)


@pytest.mark.parametrize("name", ["PNG", "JPEG", "TIFF", "WEBP"])
def test_truncated_images_fail(tmp_path: Path, name: str) -> None:
    rng = np.random.default_rng(0)
    target = io.BytesIO()
    Image.fromarray(rng.integers(0, 255, (300, 300, 3)).astype(np.uint8)).save(target, name)
    path = tmp_path / "a"
    path.write_bytes(target.getvalue()[: len(target.getvalue()) // 2])
    with pytest.raises((RenderFailed, UnreadableDocument), match="is damaged or cut off"):
        drawn(path)


@pytest.mark.parametrize("data", [b"\x89PNG\r\n\x1a\n", b"II*\x00\x08\x00\x00\x00", b"\xff\xd8\xff\xe0junk"])
def test_a_file_that_only_begins_like_an_image_is_unreadable(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a"
    path.write_bytes(data)
    with pytest.raises(
        UnreadableDocument, match=r"it starts like a (PNG|TIFF|JPEG) image, but the rest of it is damaged or cut off"
    ):
        count_frames(str(path), LIMITS)


def test_a_gif_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "a"
    Image.new("L", (8, 8)).save(path, "GIF")
    with pytest.raises(UnreadableDocument):
        count_frames(str(path), LIMITS)
