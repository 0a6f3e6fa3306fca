"""The workspace in an object store: the same classes as on a disk, and the requests of each step."""

from __future__ import annotations

from olmocr_core.domain.errors import PageTimeout
from olmocr_core.domain.models import DocumentInfo
from olmocr_core.domain.settings import Settings
from olmocr_core.storage.document_infos import DocumentInfoCache
from olmocr_core.storage.files import open_atomic, replace_link, write_atomic
from olmocr_core.storage.images import FilePageImages
from olmocr_core.storage.pages import FilePageCache
from olmocr_core.storage.paths import ObjectPath
from olmocr_core.storage.runs import RunHeader, Workspace
from tests.core.fakes import DOC_ID, ImaginaryPages, document, page
from tests.core.storage.test_pages import RECIPE, record
from tests.s3 import Gateway


async def test_a_record_is_one_put_and_a_documents_pages_are_one_listing(bucket: ObjectPath, gateway: Gateway) -> None:
    cache = FilePageCache(bucket / "ws" / "pages", RECIPE)
    assert await cache.finished(DOC_ID) == frozenset()
    gateway.requests.clear()
    await cache.put(record(3, "naïve 日本"))
    await cache.put(record(12))
    assert gateway.methods() == ["PUT", "PUT"]
    assert await cache.finished(DOC_ID) == {3, 12}
    assert await cache.get(DOC_ID, 3) == record(3, "naïve 日本")
    assert await cache.get(DOC_ID, 4) is None
    assert gateway.methods()[2:] == ["GET", "GET", "GET"]


async def test_a_record_that_cannot_be_read_is_removed(bucket: ObjectPath) -> None:
    cache = FilePageCache(bucket, RECIPE)
    await cache.put(record(1))
    (path,) = bucket.rglob("*.json")
    path.write_bytes(b"{")
    assert await cache.get(DOC_ID, 1) is None
    assert await cache.finished(DOC_ID) == frozenset()


async def test_images_are_rendered_once_and_errors_are_stored(bucket: ObjectPath) -> None:
    pages = ImaginaryPages(broken=frozenset({2}), error=PageTimeout)
    images = FilePageImages(bucket / "images", pages, "r" * 64)
    data, facts = await images.get(page(1))
    assert await images.get(page(1)) == (data, facts)
    assert images.read(DOC_ID, 1) == data
    assert images.read(DOC_ID, 3) is None
    assert not await images.warm(page(2))
    await images.warm(page(2))
    assert pages.rendered == [(1, 0), (2, 0)]


def test_infos_are_read_back(bucket: ObjectPath) -> None:
    infos = DocumentInfoCache(bucket / "pages", max_pages=10)
    assert infos.get(DOC_ID) is None
    infos.put(DOC_ID, DocumentInfo(pages=3))
    assert infos.get(DOC_ID) == DocumentInfo(pages=3)


def test_the_lists_of_a_run_are_read_back_in_order(bucket: ObjectPath) -> None:
    folder = Workspace(bucket / "ws").run("r")
    header = RunHeader(run="r", created="2026-11-22", version="1", sources=("a",), settings=Settings())
    folder.write_header(header)
    assert folder.header() == header
    documents = [document(f"{number:064x}", f"{number}.pdf") for number in range(5)]
    assert folder.write_found(documents, [], 2) == ["00000", "00001", "00002"]
    assert [found for name in ("00000", "00001", "00002") for found in folder.found(name)] == documents
    assert list(folder.problems()) == []
    assert list(folder.judged()) == []


def test_an_interrupted_write_stores_nothing(bucket: ObjectPath, gateway: Gateway) -> None:
    write_atomic(bucket / "a", b"old")
    gateway.requests.clear()
    try:
        with open_atomic(bucket / "a") as stream:
            stream.write(b"half")
            raise RuntimeError
    except RuntimeError:
        pass
    assert (bucket / "a").read_bytes() == b"old"
    assert "PUT" not in gateway.methods()


def test_the_newest_report_is_a_copy_in_a_store_without_links(bucket: ObjectPath) -> None:
    for run in ("r1", "r2"):
        (bucket / "reports" / run / "report.html").write_text(run)
        replace_link(bucket / "reports" / "latest", run)
    assert (bucket / "reports" / "latest" / "report.html").read_text() == "r2"
