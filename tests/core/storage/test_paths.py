from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.domain.errors import UsageError
from olmocr_core.domain.settings import Store
from olmocr_core.storage.objects import get_store
from olmocr_core.storage.paths import (
    ObjectPath,
    as_path,
    is_object_path,
    is_remote_uri,
    sorted_paths,
    split_uri,
)
from tests.s3 import Gateway

names = st.text("ab.-", min_size=1, max_size=6).filter(lambda name: name not in (".", ".."))


def at(key: str) -> ObjectPath:
    return ObjectPath(get_store(Store(endpoint_url="http://127.0.0.1:9")), "bucket", key)


@given(st.lists(names, min_size=1, max_size=4))
def test_names_and_parents_are_those_of_a_path(parts: list[str]) -> None:
    key = "/".join(parts)
    path, local = at(key), Path("/") / key
    assert (path.name, path.suffix, path.stem) == (local.name, local.suffix, local.stem)
    assert [parent.key for parent in path.parents] == [str(parent).strip("/") for parent in local.parents]
    assert path.with_suffix(".x").name == local.with_suffix(".x").name
    assert path.relative_to(at("")) == key
    assert path.parent / path.name == path
    assert hash(path.parent / path.name) == hash(path)


def test_relative_paths_match_whole_names() -> None:
    assert at("a/b/c").relative_to(at("a")) == "b/c"
    with pytest.raises(ValueError, match="is not below"):
        at("ab/c").relative_to(at("a"))


def test_a_path_in_a_store_cannot_be_given_to_os() -> None:
    with pytest.raises(TypeError):
        os.fspath(at("a"))  # type: ignore[call-overload]


@pytest.mark.parametrize("uri", ["s3://bucket/a/b.pdf", "S3://bucket/a/b.pdf"])
def test_a_uri_is_a_path_in_a_store(uri: str) -> None:
    path = as_path(uri)
    assert is_remote_uri(uri)
    assert is_object_path(path)
    assert (path.bucket, path.key) == ("bucket", "a/b.pdf")


def test_anything_else_is_a_local_path_or_refused() -> None:
    assert as_path("a/b") == Path("a/b")
    assert not is_remote_uri("a/b")
    with pytest.raises(UsageError, match=r"only local folders and s3:// are supported"):
        as_path("gs://bucket/a")


@pytest.mark.parametrize("uri", ["s3://", "s3:///a", "s3://b/a", "s3://bad bucket/a"])
def test_a_bucket_name_must_be_valid(uri: str) -> None:
    with pytest.raises(UsageError, match="not a valid bucket name"):
        split_uri(uri)


def test_local_and_remote_paths_sort_by_name() -> None:
    paths = [at("b"), Path("z"), at("a"), Path("a")]
    assert [str(path) for path in sorted_paths(paths)] == ["a", "s3://bucket/a", "s3://bucket/b", "z"]


def test_dots_in_keys_have_no_special_meaning(bucket: ObjectPath) -> None:
    strange = bucket / "a/../../b.json"
    strange.write_bytes(b"x")
    assert strange.name == "b.json"
    assert str(strange).endswith("/a/../../b.json")
    assert strange.read_bytes() == b"x"
    assert not (bucket / "b.json").is_file()


def test_listings_name_what_is_directly_below_and_searches_what_is_anywhere_below(bucket: ObjectPath) -> None:
    for key in ("f/a.json", "f/b.txt", "f/sub/c.json", "g.json"):
        (bucket / key).write_bytes(b"12")
    folder = bucket / "f"
    assert sorted(path.name for path in folder.iterdir()) == ["a.json", "b.txt", "sub"]
    assert [path.name for path in folder.glob("*.json")] == ["a.json"]
    assert [path.name for path in folder.rglob("*.json")] == ["a.json", "c.json"]
    assert dict(folder.sizes()) == {"a.json": 2, "b.txt": 2}
    assert folder.is_dir()
    assert not folder.is_file()
    assert not (bucket / "f/su").exists()


def test_what_is_written_to_a_stream_is_stored_at_its_end(bucket: ObjectPath, gateway: Gateway) -> None:
    with (bucket / "a.txt").open("w") as stream:
        stream.write("naïve\n")
        assert "PUT" not in gateway.methods()
    with (bucket / "a.txt").open() as stream:
        assert stream.read() == "naïve\n"
    stat = (bucket / "a.txt").stat()
    assert (stat.st_size, stat.st_mtime_ns % 1_000_000_000) == (7, 0)


def test_a_missing_object_is_no_error_for_unlink_and_one_for_reading(bucket: ObjectPath) -> None:
    (bucket / "gone").unlink()
    with pytest.raises(FileNotFoundError):
        (bucket / "gone").read_text()
