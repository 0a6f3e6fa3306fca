"""The values that are stored or sent: sources, documents, page images, attempts, transcriptions, records.

All are frozen. Their text is clean, without NUL and lone surrogates: ``text_cleaning.clean_text`` is applied on input.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

DocumentKind = Literal["pdf", "image"]
Rotation = Literal[0, 90, 180, 270]
Route = Literal["blank", "text_layer", "ocr", "model", "fallback", "none"]
PageStatus = Literal["ok", "blank", "fallback", "failed"]
DocumentStatus = Literal["kept", "partial", "blank", "held_back", "failed", "duplicate"]
FinishReason = Literal["stop", "length", "repetition"]
Verdict = Literal["ok", "length", "malformed", "repetition", "rotation"]
BlockType = Literal["heading", "paragraph", "list", "table", "equation", "figure", "caption", "footnote", "code", "header",
                    "footer"]  # fmt: skip
Signals = dict[str, float | int | bool | str | None]


class Frozen(BaseModel):
    """Base of all stored values: immutable, unknown fields are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ErrorInfo(Frozen):
    """An error as it is stored: ``code`` from the error tree, ``message`` for people."""

    code: str
    message: str


class Source(Frozen):
    """One location of a document.

    ``uri`` names it for people (``/data/a.tar::b/c.pdf`` for an archive member). ``name`` is its path relative to the
    folder, archive or list that led to it, never absolute and without ``..``; Markdown files have the same path.
    """

    uri: str
    name: str


class Problem(Frozen):
    """A source that did not become a document, and why."""

    source: Source
    error: ErrorInfo


class Document(Frozen):
    """One input file. ``doc_id`` is the sha256 of its bytes; ``location`` is a local path or an ``s3://`` URI."""

    doc_id: str
    kind: DocumentKind
    location: str
    size_bytes: int
    mtime_ns: int
    sources: tuple[Source, ...]


class DocumentInfo(Frozen):
    """The result of inspection: page count, metadata and notes, or the error that ends the document."""

    pages: int = 0
    encrypted: bool = False
    metadata: dict[str, str] = {}
    notes: tuple[str, ...] = ()
    error: ErrorInfo | None = None


class PageRef(Frozen):
    """One page, with what a worker needs to open it. ``page_number`` starts at 1."""

    doc_id: str
    kind: DocumentKind
    location: str
    size_bytes: int
    mtime_ns: int
    page_number: int


class PageImage(Frozen):
    """Facts about a rendered page; its bytes are separate. Sides in pixels.

    ``ink`` is the share of pixels that differ from the background; ``is_blank`` is decided from the pixels. ``layer``
    holds the words of the page's text layer, unordered, if the transcription can be compared with them.
    """

    width: int
    height: int
    rotation_ccw: Rotation
    encoding: Literal["jpeg", "png"]
    renderer: str
    ink: float
    is_blank: bool
    notes: tuple[str, ...] = ()
    layer: str | None = None


class PageBlock(Frozen):
    """A piece of a page. ``box``: left, top, right, bottom in points of the upright page, from its top left corner.

    ``text`` is its Markdown: a list is a block an item, a figure has none. ``level`` is that of a heading, from 1, else 0.
    """

    type: BlockType
    box: tuple[float, float, float, float]
    text: str = ""
    level: int = 0


class Transcription(Frozen):
    """The text of a page as an engine reads it. ``rotation_correction`` in counter-clockwise degrees.

    ``header`` and ``footer`` are margin blocks that one page alone cannot classify; they are *not* in ``text``:
    assembly restores those that do not recur in the document. ``dropped`` are margin blocks that are certainly page
    furniture (page numbers, running headers by the layout model); they are stored for information only.

    ``blocks``, in reading order, and ``page_size``, the sides of the upright page in points, come from engines that know where
    things stand: blocks of the types header and footer are not in ``text``, the others make it. Without boxes there are none.
    """

    text: str
    primary_language: str | None = None
    is_rotation_valid: bool = True
    rotation_correction: Rotation = 0
    is_table: bool = False
    is_diagram: bool = False
    header: tuple[str, ...] = ()
    footer: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    blocks: tuple[PageBlock, ...] = ()
    page_size: tuple[float, float] | None = None


class Usage(Frozen):
    """Tokens as the server counted them."""

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0


class Completion(Frozen):
    """An engine's response to one attempt. ``answer`` is raw; some engines also return a parsed ``transcription``."""

    answer: str = ""
    finish_reason: FinishReason = "stop"
    usage: Usage = Usage()
    transcription: Transcription | None = None
    route: Route = "model"
    signals: Signals = {}
    notes: tuple[str, ...] = ()


class Attempt(Frozen):
    """One request for a page: its number from 1, its temperature, and the rotation applied to the page image."""

    number: int
    temperature: float
    rotation_ccw: Rotation = 0


class AttemptOutcome(Frozen):
    """One attempt and its result: the raw completion, the verdict, and the transcription if it could be parsed."""

    attempt: Attempt
    completion: Completion
    verdict: Verdict
    transcription: Transcription | None = None
    detail: str = ""
    seconds: float = 0.0


class PageRecord(Frozen):
    """Everything known about one finished page, as the page cache stores it. ``seconds`` is wall time.

    ``drawing_code`` is the digest of the code that found a blank page blank.
    """

    key: str
    doc_id: str
    page_number: int
    status: PageStatus
    route: Route
    engine: str
    transcription: Transcription
    attempts: tuple[AttemptOutcome, ...] = ()
    accepted_attempt: int | None = None
    signals: Signals = {}
    notes: tuple[str, ...] = ()
    error: ErrorInfo | None = None
    seconds: float = 0.0
    drawing_code: str = ""


class PageSpan(Frozen):
    """``text[start:end]`` of a document belongs to ``page_number``; spans tile the text."""

    start: int
    end: int
    page_number: int


class PageSummary(Frozen):
    """A page in its document's record: the page record without the raw attempts."""

    page_number: int
    status: PageStatus
    route: Route
    engine: str
    attempts: int
    temperature: float | None = None
    rotation_ccw: Rotation = 0
    primary_language: str | None = None
    is_rotation_valid: bool = True
    rotation_correction: Rotation = 0
    is_table: bool = False
    is_diagram: bool = False
    input_tokens: int = 0
    output_tokens: int = 0
    signals: Signals = {}
    notes: tuple[str, ...] = ()
    error: ErrorInfo | None = None


class DocumentRecord(Frozen):
    """The final record of a document: status, reasons, text, and a summary of each page.

    ``try_again``: it failed for a reason outside of its bytes, and the next run reads it without being asked.
    """

    doc_id: str
    sources: tuple[Source, ...]
    kind: DocumentKind | None
    status: DocumentStatus
    reasons: tuple[str, ...] = ()
    text: str = ""
    spans: tuple[PageSpan, ...] = ()
    pages: tuple[PageSummary, ...] = ()
    page_count: int = 0
    metadata: dict[str, str] = {}
    signals: Signals = {}
    notes: tuple[str, ...] = ()
    duplicate_of: str | None = None
    try_again: bool = False

    @property
    def key(self) -> str:
        """What tells this record from others: the document, or the source that never became one."""
        return self.doc_id or self.sources[0].uri
