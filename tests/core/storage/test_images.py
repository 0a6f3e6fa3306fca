from __future__ import annotations

from pathlib import Path

import pytest

from olmocr_core.domain.errors import DocumentChanged, OlmocrError, PageTimeout, PageTooLarge, RunError
from olmocr_core.domain.models import PageImage, PageRef, Rotation
from olmocr_core.storage.images import FilePageImages
from tests.core.fakes import DOC_ID, ImaginaryPages, page

DIGEST = "0123456789abcdef" * 4


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


async def test_an_image_is_rendered_once_and_then_read(tmp_path: Path) -> None:
    reader = ImaginaryPages()
    images = FilePageImages(tmp_path, reader, DIGEST)
    first = await images.get(page(2))
    assert await images.get(page(2)) == first
    assert await FilePageImages(tmp_path, reader, DIGEST).get(page(2)) == first
    assert first[0] == b"page 2 turned 0"
    assert reader.rendered == [(2, 0)]


async def test_the_order_of_warm_and_get_does_not_matter(tmp_path: Path) -> None:
    warmed, asked = ImaginaryPages(), ImaginaryPages()
    ahead = FilePageImages(tmp_path / "a", warmed, DIGEST)
    assert await ahead.warm(page())
    assert await ahead.warm(page())
    straight = FilePageImages(tmp_path / "b", asked, DIGEST)
    assert await ahead.get(page()) == await straight.get(page())
    assert await straight.warm(page())
    assert warmed.rendered == asked.rendered == [(1, 0)]


async def test_other_render_settings_make_another_image(tmp_path: Path) -> None:
    reader = ImaginaryPages()
    await FilePageImages(tmp_path, reader, DIGEST).get(page())
    await FilePageImages(tmp_path, reader, DIGEST[::-1]).get(page())
    assert len(reader.rendered) == 2


async def test_an_image_of_other_code_is_rendered_again(tmp_path: Path) -> None:
    reader = ImaginaryPages(blank=frozenset({1}), broken=frozenset({2}))
    before = FilePageImages(tmp_path, reader, DIGEST, code="before")
    assert (await before.get(page(1)))[1].is_blank
    await before.warm(page(2))
    reader.blank, reader.broken = frozenset(), frozenset()
    after = FilePageImages(tmp_path, reader, DIGEST, code="after")
    assert after.read(DOC_ID, 1) == b"page 1 turned 0", "a report shows what there is"
    assert await after.warm(page(1))
    assert not (await after.get(page(1)))[1].is_blank
    assert (await after.get(page(2)))[0] == b"page 2 turned 0"
    assert reader.rendered == [(1, 0), (2, 0), (1, 0), (2, 0)]
    assert files(tmp_path) == ["000001.jpg", "000001.json", "000002.jpg", "000002.json"]


async def test_a_failed_rendering_is_remembered(tmp_path: Path) -> None:
    reader = ImaginaryPages(broken=frozenset({1}), error=PageTimeout)
    images = FilePageImages(tmp_path, reader, DIGEST)
    assert await images.warm(page()) is False
    assert await images.warm(page()) is True, "what is known needs no second drawing"
    for _ in range(2):
        with pytest.raises(PageTimeout, match="page 1 is broken"):
            await images.get(page())
    assert reader.rendered == [(1, 0)]


async def test_a_repair_run_retries_errors_and_keeps_images(tmp_path: Path) -> None:
    reader = ImaginaryPages(broken=frozenset({1}))
    images = FilePageImages(tmp_path, reader, DIGEST)
    await images.warm(page(1))
    await images.warm(page(2))
    reader.broken = frozenset()
    repair = FilePageImages(tmp_path, reader, DIGEST, retry_errors=True)
    assert (await repair.get(page(1)))[0] == b"page 1 turned 0"
    await repair.get(page(2))
    assert reader.rendered == [(1, 0), (2, 0), (1, 0)]
    assert (await images.get(page(1)))[0] == b"page 1 turned 0", "the image took the place of the failure"


@pytest.mark.parametrize(("error", "is_stored"), [(DocumentChanged, False), (RunError, False), (PageTooLarge, True)])
async def test_only_errors_of_pages_and_documents_are_stored(
    tmp_path: Path, error: type[OlmocrError], is_stored: bool
) -> None:
    class Failing(ImaginaryPages):
        async def render(self, page: PageRef, rotation_ccw: Rotation = 0) -> tuple[bytes, PageImage]:
            raise error("of another kind")

    images = FilePageImages(tmp_path, Failing(), DIGEST)
    with pytest.raises(error):
        await images.get(page())
    assert bool(files(tmp_path)) is is_stored


@pytest.mark.parametrize("lost", ["000001.jpg", "000001.json"])
async def test_a_deleted_image_is_rendered_again(tmp_path: Path, lost: str) -> None:
    reader = ImaginaryPages()
    images = FilePageImages(tmp_path, reader, DIGEST)
    first = await images.get(page())
    next(tmp_path.rglob(lost)).unlink()
    assert await images.warm(page())
    assert len(reader.rendered) == 2
    assert await images.get(page()) == first
    assert len(reader.rendered) == 2


async def test_damaged_facts_count_as_absent(tmp_path: Path) -> None:
    reader = ImaginaryPages()
    images = FilePageImages(tmp_path, reader, DIGEST)
    first = await images.get(page())
    sidecar = next(tmp_path.rglob("*.json"))
    sidecar.write_bytes(sidecar.read_bytes()[:-9])
    assert await images.get(page()) == first
    assert len(reader.rendered) == 2


async def test_rotated_images_are_rendered_on_demand_and_not_stored(tmp_path: Path) -> None:
    reader = ImaginaryPages()
    images = FilePageImages(tmp_path, reader, DIGEST)
    data, facts = await images.get(page(), 90)
    assert (data, facts.rotation_ccw) == (b"page 1 turned 90", 90)
    assert files(tmp_path) == []
    await images.get(page())
    assert (await images.get(page(), 270))[0] == b"page 1 turned 270"
    assert (await images.get(page()))[0] == b"page 1 turned 0"
    assert reader.rendered == [(1, 90), (1, 0), (1, 270)]


async def test_reports_read_stored_images_and_never_render(tmp_path: Path) -> None:
    reader = ImaginaryPages(broken=frozenset({2}))
    images = FilePageImages(tmp_path, reader, DIGEST)
    assert images.read(DOC_ID, 1) is None
    await images.warm(page(1))
    await images.warm(page(2))
    assert images.read(DOC_ID, 1) == b"page 1 turned 0"
    assert images.read(DOC_ID, 2) is None
    assert len(reader.rendered) == 2


async def test_png_images_have_their_own_suffix(tmp_path: Path) -> None:
    class Png(ImaginaryPages):
        async def render(self, page: PageRef, rotation_ccw: Rotation = 0) -> tuple[bytes, PageImage]:
            data, facts = await super().render(page, rotation_ccw)
            return data, facts.model_copy(update={"encoding": "png"})

    images = FilePageImages(tmp_path, Png(), DIGEST)
    await images.warm(page())
    assert files(tmp_path) == ["000001.json", "000001.png"]
    assert images.read(DOC_ID, 1) == b"page 1 turned 0"
