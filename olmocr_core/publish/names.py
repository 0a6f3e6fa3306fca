"""Names of Markdown files: the relative paths of sources, valid and without collisions on any file system."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from olmocr_core.domain.identity import bytes_digest, value_digest

_SUFFIX = re.compile(r"(?<=.)\.[A-Za-z][A-Za-z0-9]{0,4}$")
_UNSAFE = re.compile('[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff<>:"|?*]')
_MD = ".md"
# File systems allow 255 bytes a name and 4,096 a path; the workspace's own path needs some of it.
_NAME_BYTES = 200
_PATH_BYTES = 1000


@dataclass(frozen=True, slots=True)
class Wanted:
    """A source that needs a file: its relative name, and what distinguishes it from others with that name."""

    name: str
    uri: str
    doc_id: str


def markdown_names(
    wanted: Sequence[Wanted], taken: Iterable[str] = (), known: Mapping[str, str] | None = None
) -> list[str]:
    """Choose a relative path for each source, in the same order. Equal sources share a path, others never do.

    ``.md`` replaces the suffix of the name. If two paths collide, also by ignoring case, ``.md`` follows the whole name;
    if they still collide, a digest stands before it. ``taken`` paths are not used; ``known`` maps URIs to the paths that
    sources had and keep.
    """
    known = known or {}
    distinct = [source for source in dict.fromkeys(wanted) if source.uri not in known]
    level = dict.fromkeys(distinct, 0)
    others = {fold(path) for paths in (taken, known.values()) for path in paths}
    while clashing := _clashing(level, others):
        for source in clashing:
            level[source] += 1
    return [known.get(source.uri) or _candidate(source, level[source]) for source in wanted]


def _clashing(level: dict[Wanted, int], taken: set[str]) -> list[Wanted]:
    holders: dict[str, list[Wanted]] = {}
    for source, number in level.items():
        holders.setdefault(fold(_candidate(source, number)), []).append(source)
    return [source for path, same in holders.items() if len(same) > 1 or path in taken for source in same]


def fold(path: str) -> str:
    """Fold a path as a file system does that ignores case and Unicode forms."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKD", path).casefold())


def _candidate(source: Wanted, level: int) -> str:
    *folders, name = _parts(source.name)
    if level == 0:
        name = _SUFFIX.sub("", name) or name
    elif level > 1:
        digest = value_digest([ascii(part) for part in (source.doc_id, source.name, source.uri)])
        name = f"{_shorten(name, _NAME_BYTES - 80)}-{digest[: 8 * (level - 1)]}"
    path = "/".join([*map(_folder, folders), _shorten(name, _NAME_BYTES) + _MD])
    if len(path.encode()) > _PATH_BYTES:
        digest = bytes_digest(path.encode())[:16]
        path = f"long-paths/{digest}-{_shorten(name, _NAME_BYTES - 20)}{_MD}"
    return path


def _parts(name: str) -> list[str]:
    pieces = (_safe(piece) for piece in _visible(name).replace("\\", "/").split("/"))
    return [piece for piece in pieces if piece not in ("", ".", "..")] or ["document"]


def _safe(piece: str) -> str:
    cleaned = unicodedata.normalize("NFC", _UNSAFE.sub("_", piece)).strip()
    return cleaned if cleaned.strip(".") else ""


def _visible(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def _folder(name: str) -> str:
    # A folder never ends with .md, so that it never collides with a file.
    name = _shorten(name, _NAME_BYTES)
    return name + "_" if fold(name).endswith(_MD) else name


def _shorten(name: str, limit: int) -> str:
    data = name.encode()
    if len(data) <= limit:
        return name
    digest = bytes_digest(data)[:12]
    return f"{data[: limit - 13].decode(errors='ignore')}-{digest}"
