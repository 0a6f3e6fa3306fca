"""S3 sources: prefixes, keys and globs, listed page by page."""

from __future__ import annotations

import re
from collections.abc import Iterator

from olmocr_core.domain.errors import NothingFound
from olmocr_core.domain.settings import Store
from olmocr_core.sources.names import display, is_hidden, source_name
from olmocr_core.sources.walk import has_magic
from olmocr_core.storage.objects import ObjectInfo, ObjectStore, get_store
from olmocr_core.storage.paths import AnyPath, is_object_path, split_uri


def list_objects(spec: str, settings: Store, left_out: AnyPath | None = None) -> Iterator[tuple[str, str, ObjectInfo]]:
    """List the objects of a spec in the order of keys: URI, relative name and info.

    ``s3://bucket/folder/`` and ``s3://bucket/folder`` list all objects below, ``s3://bucket/key`` one object, a glob its
    matches: ``*`` and ``?`` within one folder, ``**`` any number of folders. Objects in ``left_out`` are left out.

    Raises NothingFound if there are none.
    """
    bucket, key = split_uri(spec)
    store = get_store(settings)
    found = _glob(store, bucket, key) if has_magic(key) else _below(store, bucket, key)
    empty = True
    own = f"{left_out.key}/" if left_out and is_object_path(left_out) and left_out.bucket == bucket else ""
    for root, info in found:
        if own and info.key.startswith(own) and not root.startswith(own):
            continue
        empty = False
        yield f"s3://{bucket}/{info.key}", source_name(info.key.removeprefix(root)), info
    if empty:
        raise NothingFound(f"source {display(spec)!r}: there is no such object, and none below it")


def _below(store: ObjectStore, bucket: str, key: str) -> Iterator[tuple[str, ObjectInfo]]:
    if key and not key.endswith("/"):
        try:
            info = store.head(bucket, key)
        except FileNotFoundError:
            key += "/"
        else:
            yield key[: key.rfind("/") + 1], info
            return
    yield from ((key, info) for info in _visible(store, bucket, key, key))


def _glob(store: ObjectStore, bucket: str, pattern: str) -> Iterator[tuple[str, ObjectInfo]]:
    parts = pattern.split("/")
    first = next(index for index, part in enumerate(parts) if has_magic(part))
    root = "".join(part + "/" for part in parts[:first])
    # The text before the first glob character narrows the listing.
    prefix = root + re.split(r"[*?\[]", parts[first])[0]
    matches = glob_expression(pattern).fullmatch
    yield from ((root, info) for info in _visible(store, bucket, prefix, root) if matches(info.key))


def _visible(store: ObjectStore, bucket: str, prefix: str, root: str) -> Iterator[ObjectInfo]:
    for page in store.list_pages(bucket, prefix):
        for info in page.objects:
            # Consoles make empty objects that end with a slash to show a folder.
            if not info.key.endswith("/") and not any(map(_hides, info.key[len(root) :].split("/"))):
                yield info


def _hides(part: str) -> bool:
    # In a store, "." and ".." are ordinary names.
    return is_hidden(part) and part not in (".", "..")


def glob_expression(pattern: str) -> re.Pattern[str]:
    """Compile a glob over keys to a regular expression."""
    pieces: list[str] = []
    for part in pattern.split("/"):
        pieces.append("(?:[^/]+/)*" if part == "**" else _part(part) + "/")
    whole = "".join(pieces)
    # A final ** matches any name.
    return re.compile(whole + "[^/]+" if pattern.endswith("**") else whole.removesuffix("/"), re.DOTALL)


def _part(part: str) -> str:
    translated: list[str] = []
    position = 0
    while position < len(part):
        sign = part[position]
        end = part.find("]", position + 2) if sign == "[" else -1
        if end > 0:
            inner = part[position + 1 : end].replace("\\", "\\\\")
            negated = inner.startswith(("!", "^"))
            translated.append(f"(?!/)[{'^' if negated else ''}{inner[negated:]}]")
            position = end
        else:
            translated.append({"*": "[^/]*", "?": "[^/]"}.get(sign) or re.escape(sign))
        position += 1
    return "".join(translated)
