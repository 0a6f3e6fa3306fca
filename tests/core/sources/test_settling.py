from __future__ import annotations

from olmocr_core.sources.listing import Listed
from olmocr_core.sources.settling import Settling


def a_file(name: str, size: int = 1, version: str = "1", **fields: str) -> Listed:
    return Listed(f"/in/{name}", name, size, version, **fields)


def names(files: list[Listed]) -> list[str]:
    return [one.name for one in files]


def test_a_file_settles_once_nobody_has_written_to_it_for_a_while() -> None:
    settling = Settling(10)
    assert settling.look([a_file("a")], 0) == ([], True)
    assert settling.look([a_file("a", size=2)], 9) == ([], True)
    assert settling.look([a_file("a", size=2)], 18) == ([], True)
    found = settling.look([a_file("a", size=2), a_file("b")], 19)
    assert (names(found.settled), found.changing) == (["a"], True)
    # Until somebody deals with it, it is told again.
    assert names(settling.look([a_file("a", size=2)], 20).settled) == ["a"]
    settling.tell(found.settled)
    assert settling.look([a_file("a", size=2)], 21) == ([], False)


def test_what_changes_or_comes_back_is_told_again() -> None:
    settling = Settling(1)
    settling.look([a_file("a")], 0)
    settling.tell(settling.look([a_file("a")], 2).settled)
    assert settling.look([a_file("a", version="2")], 3) == ([], True)
    found = settling.look([a_file("a", version="2")], 5)
    assert names(found.settled) == ["a"]
    settling.tell(found.settled)
    assert settling.look([], 6) == ([], False)
    assert settling.look([a_file("a", version="2")], 7) == ([], True)


def test_what_cannot_be_read_and_links_are_no_files() -> None:
    listing = [a_file("a", problem="no"), a_file("b", not_followed="a link")]
    assert Settling(0).look(listing, 0) == ([], False)
