"""Members of archives of any type: typed by content and copied out one by one; nothing is unpacked by its name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from olmocr_core.domain.errors import DocumentError, UnreadableDocument
from olmocr_core.domain.models import Document, Source
from olmocr_core.pdf.file_type import HEAD_BYTES, claims_document, not_a_document, sniff_kind
from olmocr_core.sources.archive_budget import ArchiveBudget
from olmocr_core.sources.archives import archive_format
from olmocr_core.sources.found import Found, NotFollowed, Skipped, problem
from olmocr_core.sources.inputs import PrependedStream, Readable, copy_to_inputs
from olmocr_core.sources.local import check_size
from olmocr_core.sources.names import display, is_hidden, source_name
from olmocr_core.storage.paths import AnyPath

_LINK = "it is a link or a device, not a regular file"
_UNSAFE_NAME = "its name leads out of the archive"


@dataclass(frozen=True, slots=True)
class Member:
    """One member of an archive, as the archive describes it. ``size`` is in bytes; ``open`` gives its content.

    Links and devices are no regular files.
    """

    name: str
    size: int
    is_folder: bool
    is_regular: bool
    open: Callable[[], Readable]


def read_members(
    members: Iterable[Member], source: Source, prefix: str, inputs_folder: AnyPath, budget: ArchiveBudget
) -> Iterator[Found]:
    """Read the documents among the members, copied to ``inputs_folder``; their names start with ``prefix``.

    Raises UnreadableDocument over the ``budget`` of the archive, and the errors of reading it.
    """
    uris: set[str] = set()
    for member in members:
        budget.count_member()
        if member.is_folder or any(is_hidden(part) for part in member.name.split("/") if part not in (".", "..")):
            continue
        inner = Source(uri=_make_uri(source, member, uris), name=source_name(prefix, member.name))
        if reason := _LINK if not member.is_regular else _UNSAFE_NAME if not _is_inside(member.name) else "":
            yield NotFollowed(source=inner, reason=reason)
            continue
        try:
            yield _read_member(member, inner, inputs_folder, budget)
        except DocumentError as error:
            yield problem(inner, error)


def _read_member(member: Member, inner: Source, inputs_folder: AnyPath, budget: ArchiveBudget) -> Document | Skipped:
    stream = budget.meter(member.open())
    head = stream.read(HEAD_BYTES)
    # An archive of PDFs has a PDF header near its start as well.
    kind = None if archive_format(head) else sniff_kind(head)
    if kind is None and not claims_document(member.name):
        return Skipped()
    check_size(member.size, budget.limits)
    if kind is None:
        raise UnreadableDocument(not_a_document())
    return copy_to_inputs(PrependedStream(head, stream), kind, inner, inputs_folder, budget.limits)


def _make_uri(source: Source, member: Member, taken: set[str]) -> str:
    """The URI of a member: ``archive::member``, and ``archive::member#2`` for the second one of that name."""
    plain = uri = f"{source.uri}::{display(member.name)}"
    number = 1
    while uri in taken:
        number += 1
        uri = f"{plain}#{number}"
    taken.add(uri)
    return uri


def _is_inside(name: str) -> bool:
    return not name.startswith(("/", "\\")) and ".." not in name.replace("\\", "/").split("/")
