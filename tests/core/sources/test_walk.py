from __future__ import annotations

import os

import pytest

from tests.core.sources.files import PDF, found, messages, names, put


async def test_links_that_lead_back_end_and_real_names_come_first(data):
    put(data / "z" / "one.pdf", PDF + b"1")
    (data / "z" / "up").symlink_to(data)
    (data / "a").symlink_to(data / "z")
    put(data / ".kept" / "two.pdf", PDF + b"2")
    (data / "b").symlink_to(data / ".kept")
    assert names(await found(data, data)) == ["b/two.pdf", "z/one.pdf"]


@pytest.mark.parametrize("spec", [".", "*", "**/*.pdf", "sub/*"])
async def test_links_that_lead_out_of_a_source_are_not_followed(data, spec):
    secret = put(data.parent / "outside" / "secret.pdf", PDF + b"2")
    put(data / "sub" / "one.pdf", PDF + b"1")
    (data / "sub" / "file.pdf").symlink_to(secret)
    (data / "sub" / "folder").symlink_to(secret.parent)
    (data / "sub" / "relative.pdf").symlink_to("../../outside/secret.pdf")
    collected = await found(data, spec)
    assert [name.rpartition("/")[2] for name in names(collected)] == ["one.pdf"]
    assert collected.problems == ()
    links = [data / "sub" / name for name in ("file.pdf", "folder", "relative.pdf")]
    expected = links[::2] if spec == "**/*.pdf" else links
    assert sorted(one.source.uri for one in collected.not_followed) == list(map(str, expected))
    assert {one.reason for one in collected.not_followed} == {
        "the link leads outside of the source; name it by itself to read what it points to"
    }
    # Named by itself, a link is what the person wants.
    assert names(await found(data, "sub/file.pdf")) == ["file.pdf"]


async def test_missing_permissions_are_a_problem(data):
    put(data / "good.pdf")
    put(data / "secret.pdf").chmod(0)
    put(data / "closed" / "x.pdf").parent.chmod(0)
    if os.access(data / "secret.pdf", os.R_OK):
        pytest.skip("this user may read every file, whatever its permissions")
    collected = await found(data, ".")
    (data / "closed").chmod(0o700)
    assert names(collected) == ["good.pdf"]
    assert [name for name, _ in messages(collected)] == ["closed", "secret.pdf"]
