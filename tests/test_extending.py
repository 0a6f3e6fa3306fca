"""The examples of docs/extending.md, applied as printed to a copy of the package and used there in a process of their own.

The engine of that page is tested in tests/core/engines/test_engines.py.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

REPO = Path(__file__).resolve().parent.parent
PAGE = (REPO / "docs" / "extending.md").read_text("utf-8")
MODULE = re.compile(r"`(olmocr_core/[\w/]+\.py)`:\n\n```python\n(.*?)```", re.DOTALL)
DIFF = re.compile(r"```diff\n\+\+\+ (\S+)\n(.*?)```", re.DOTALL)


def section(title: str) -> str:
    level = re.escape(title.split(" ")[0])
    return re.split(rf"\n(?:{level}|##) ", PAGE.split(f"\n{title}\n")[1])[0]


def apply_diff(source: str, diff: str) -> str:
    """Replace the lines of a diff that stand in the source by those that shall stand there."""
    lines = [line or " " for line in diff.splitlines()]
    before = "".join(f"{line[1:]}\n" for line in lines if line[0] != "+")
    after = "".join(f"{line[1:]}\n" for line in lines if line[0] != "-")
    assert source.count(before) == 1, f"these lines stand {source.count(before)} times in the file:\n{before}"
    return source.replace(before, after)


class Copy:
    """A copy of the package with the example of one section applied."""

    def __init__(self, folder: Path, title: str) -> None:
        self.folder = folder
        shutil.copytree(REPO / "olmocr_core", folder / "olmocr_core", ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("tests", "flows", "tasks"):
            (folder / name).symlink_to(REPO / name)
        text = section(title)
        for path, module in MODULE.findall(text):
            assert not (folder / path).exists()
            (folder / path).write_text(module, "utf-8")
        for path, diff in DIFF.findall(text):
            target = folder / path
            target.write_text(apply_diff(target.read_text("utf-8"), diff), "utf-8")

    def run(self, script: str, *arguments: str) -> str:
        """What a script prints that imports the copy."""
        check = f"import olmocr_core; assert olmocr_core.__file__.startswith({str(self.folder)!r})\n"
        command = [sys.executable, "-c", check + dedent(script), *arguments]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout


def test_the_documented_format_is_published_and_offered(tmp_path: Path) -> None:
    copy = Copy(tmp_path, "## An output format")
    printed = copy.run(
        """
        import contextlib, io
        from pathlib import Path
        from flows.cli.main import parse
        from olmocr_core.domain.load_settings import load_settings
        from olmocr_core.publish import verify
        from tests.core.publish.records import context, one_of_each, publish

        settings = load_settings({"publish": {"formats": ["dolma", "text"]}}, environ={}).publish
        manifest = publish(one_of_each(), context(Path("workspace")), settings)
        assert verify(Path("workspace/dataset")) == []
        (file,) = [file for file in manifest.files if file.path.startswith("text/part-00000-")]
        assert publish(one_of_each(), context(Path("workspace")), settings).files == manifest.files
        print(file.records, repr((Path("workspace/dataset") / file.path).read_text("utf-8")))
        help_text = io.StringIO()
        with contextlib.redirect_stdout(help_text), contextlib.suppress(SystemExit):
            parse(["run", "--help"])
        assert "of dolma, parquet, markdown, text;" in " ".join(help_text.getvalue().split())
        """
    )
    assert printed == "2 " + repr("# Title\nHello.\nSecond page\n\fFirst\nraw\n\f") + "\n"


def test_without_documents_that_have_text_the_documented_format_has_no_file(tmp_path: Path) -> None:
    copy = Copy(tmp_path, "## An output format")
    copy.run(
        """
        from pathlib import Path
        from olmocr_core.domain.settings import Publish
        from tests.core.publish.records import context, publish, record

        manifest = publish([record("b.pdf", "", status="blank")], context(Path("workspace")), Publish(formats=("text",)))
        assert manifest.files == ()
        """
    )


COLLECT = """
import asyncio, mailbox, sys
from email.message import EmailMessage
from pathlib import Path
from olmocr_core.domain.settings import Limits
from olmocr_core.sources import collect

def found(*names, **limits):
    return asyncio.run(collect(names, Path("workspace/inputs"), Limits(**limits)))

def pack(name, *mails):
    box = mailbox.mbox(name)
    for attachments in mails:
        mail = EmailMessage()
        mail.set_content("See the attachments.")
        for member, data in attachments:
            mail.add_attachment(data, maintype="application", subtype="octet-stream", filename=member)
        box.add(mail)
    box.close()
    return name
"""


@pytest.fixture
def mbox_copy(tmp_path: Path) -> Copy:
    return Copy(tmp_path, "### An archive type")


def test_the_documented_archive_type_gives_its_documents(mbox_copy: Copy) -> None:
    printed = mbox_copy.run(
        COLLECT
        + dedent("""
        Path("in").mkdir()
        pack("in/a.mbox", [("1.pdf", b"%PDF-1.4 1"), ("notes.txt", b"text")],
             [("../up.pdf", b"%PDF-1.4 3"), ("bad.pdf", b"text"), (".hidden.pdf", b"%PDF-1.4 2")])
        all_found = found("in")
        print([(source.name, Path(one.location).read_bytes()) for one in all_found.documents for source in one.sources])
        print([one.source.uri.rsplit("::", 1)[1] for one in all_found.problems], all_found.skipped)
        print([one.source.uri.rsplit("::", 1)[1] for one in all_found.not_followed])
        """)
    )
    assert printed.splitlines() == [
        "[('a/1/1.pdf', b'%PDF-1.4 1')]",
        "['2/bad.pdf'] 1",
        "['2/../up.pdf']",
    ]


def test_the_documented_archive_type_keeps_the_limits_and_survives_damage(mbox_copy: Copy) -> None:
    printed = mbox_copy.run(
        COLLECT
        + dedent("""
        def told(name, **limits):
            result = found(name, **limits)
            return len(result.documents), *(one.error.message for one in result.problems[:1])

        two = [("1.pdf", b"%PDF-1.4 1"), ("2.pdf", b"%PDF-1.4 2")]
        print(*told(pack("many.mbox", two), archive_members=1))
        print(*told(pack("bomb.mbox", two, [("3.pdf", b"%PDF-" + bytes(2 << 20))]), archive_mb=1))
        data = Path(pack("cut.mbox", two, [("3.pdf", b"%PDF-1.4 3" * 1000)])).read_bytes()
        Path("cut.mbox").write_bytes(data[:-30])
        print(*told("cut.mbox"))
        """)
    )
    many, bomb, cut = printed.splitlines()
    assert many == "1 the archive has more than 1 members (limits.archive_members); the rest is lost"
    assert bomb == "2 the archive unpacks to more than 1 MB (limits.archive_mb); the rest is lost"
    assert cut == "3"


def test_the_documented_image_type_is_identified_and_drawn(tmp_path: Path) -> None:
    copy = Copy(tmp_path, "### A document type")
    copy.run(
        COLLECT
        + dedent("""
        from PIL import Image
        from olmocr_core.pdf.images import count_frames, draw_frame
        from olmocr_core.pdf.file_type import not_a_document

        Image.new("P", (40, 30), 1).save("page.gif")
        (document,) = found("page.gif").documents
        assert document.kind == "image"
        assert count_frames(document.location, Limits()) == 1
        assert draw_frame(document.location, 1, 1288, Limits()).size == (40, 30)
        assert "GIF" in not_a_document()
        """)
    )


def test_the_documented_rule_holds_documents_back_by_its_signal(tmp_path: Path) -> None:
    copy = Copy(tmp_path, "## A quality rule")
    printed = copy.run(
        """
        from olmocr_core.documents.records import build_record
        from olmocr_core.domain.models import DocumentInfo
        from olmocr_core.domain.load_settings import load_settings
        from tests.core.documents.examples import DOCUMENT, PROSE, english, records

        def decided(text, **thresholds):
            quality = load_settings({"quality": {"thresholds": thresholds}}, environ={}).quality
            record = build_record(DOCUMENT, DocumentInfo(pages=1), records("ok", text=text), quality, english)
            assert "capital_share" in record.signals and "capital_share" in record.pages[0].signals
            return record.status, *record.reasons

        text = f"{PROSE} {PROSE[::-1]}"
        print(decided(text), decided(text.upper()), decided(text.upper(), max_capitals="1"))
        """
    )
    held = ("held_back", "100% of its letters are capitals; at most 70% is tolerated")
    assert printed == f"('kept',) {held} ('kept',)\n"


def test_every_diff_of_the_page_is_applied_here_or_is_the_line_of_an_engine() -> None:
    titles = ("## An output format", "### An archive type", "### A document type", "## A quality rule")
    applied = sum(len(DIFF.findall(section(title))) for title in titles)
    assert applied == len(DIFF.findall(PAGE)) == PAGE.count("```diff") - 1
