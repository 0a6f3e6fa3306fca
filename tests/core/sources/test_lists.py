from __future__ import annotations

from tests.core.sources.files import PDF, found, messages, names, put


async def test_a_list_is_read_line_by_line_relative_to_its_folder(data):
    for name in ("l/a.pdf", "l/sub/b.pdf", "l/sub/c.pdf", "other/d.pdf"):
        put(data / name, PDF + name.encode())
    lines = ["\ufeff# comment", "", "a.pdf", "  sub  ", "sub/[c].pdf", "../other/d.pdf", str(data / "other" / "d.pdf")]
    put(data / "l" / "list.txt", "\r\n".join(lines))
    collected = await found(data, "l/list.txt")
    outside = str(data / "other" / "d.pdf").lstrip("/")
    assert names(collected) == ["a.pdf", "sub/b.pdf", "sub/c.pdf", outside]
    assert collected.problems == ()


async def test_a_mistake_in_a_list_costs_its_line(data):
    put(data / "good.pdf")
    put(data / "notes.md", "some text")
    (data / "empty").mkdir()
    put(data / "list.lst", "nope.pdf\nno/*.pdf\ns3://b/x.pdf\nempty\nnotes.md\n\x80\ngood.pdf\n".encode("latin-1"))
    collected = await found(data, "list.lst")
    assert names(collected) == ["good.pdf"]
    assert sorted(name for name, _ in messages(collected)) == ["%80", "b/x.pdf", "no/*.pdf", "nope.pdf", "notes.md"]
    assert all(text for _, text in messages(collected))
    assert any("empty" in note for note in collected.notes), "an empty folder is no document that failed"


async def test_lists_may_name_lists_and_each_other(data):
    put(data / "a.pdf", PDF + b"a")
    put(data / "sub" / "b.pdf", PDF + b"b")
    put(data / "one.txt", "a.pdf\nsub/two.txt\nsub/two.txt\n")
    put(data / "sub" / "two.txt", "b.pdf\n../one.txt\n")
    collected = await found(data, "one.txt")
    assert names(collected) == ["a.pdf", "b.pdf"]
    assert messages(collected) == []


async def test_a_chain_of_lists_without_end_ends(data):
    for number in range(40):
        put(data / f"{number}.txt", f"{number}.pdf\n{number + 1}.txt\n")
        put(data / f"{number}.pdf", PDF + str(number).encode())
    collected = await found(data, "0.txt")
    assert 10 < len(collected.documents) < 40
    assert "nested too deeply" in collected.notes[-1]


async def test_text_without_a_list_name_is_a_list_only_if_it_leads_somewhere(data):
    put(data / "a.pdf")
    put(data / "inbox", "a.pdf\n")
    put(data / "README.md", "# A title\n\nSome text.\n")
    put(data / "fake.pdf", "a.pdf\n")
    collected = await found(data, "inbox", "README.md", "fake.pdf")
    assert names(collected) == ["a.pdf"]
    assert [name for name, _ in messages(collected)] == ["README.md", "fake.pdf"]
