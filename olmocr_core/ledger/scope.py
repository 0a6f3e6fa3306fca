"""The scope of a listing: only a source inside of it can be missing."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from olmocr_core.sources.names import display, is_hidden
from olmocr_core.sources.objects import glob_expression
from olmocr_core.sources.walk import has_magic
from olmocr_core.storage.paths import is_remote_uri


class Scope:
    """The URIs that some sources cover. ``blind`` are folders that could not be listed: nothing in them counts as missing."""

    def __init__(self, specs: Iterable[str], blind: Iterable[str] = ()) -> None:
        self._roots: set[str] = set()
        self._globs: list[_Glob] = []
        for spec in specs:
            self._add(spec)
        self._blind = frozenset(blind)

    def covers(self, uri: str) -> bool:
        """Whether a listing of the sources would hold ``uri`` if it existed.

        In doubt the answer is False, so that no source counts as deleted by mistake.
        """
        above = list(_above(uri))
        if self.is_blind(uri):
            return False
        for root in (uri, *above):
            if root in self._roots and not _hidden_below(root, uri):
                return True
        return any(glob.covers(uri, above) for glob in self._globs)

    def is_blind(self, uri: str) -> bool:
        """Whether ``uri`` lies in a folder that could not be listed."""
        return bool(self._blind) and not self._blind.isdisjoint(_above(uri))

    def _add(self, spec: str) -> None:
        remote = is_remote_uri(spec)
        if has_magic(spec.partition("://")[2] if remote else spec) and (remote or not Path(spec).exists()):
            self._globs.append(_Glob(spec if remote else str(Path.cwd() / spec)))
        else:
            # Not resolve(): URIs keep the names of links.
            plain = spec if remote else display(os.path.abspath(spec))  # noqa: PTH100
            self._roots.add(plain.rstrip("/") or "/")


class _Glob:
    """A glob. A local one also covers everything in the folders that it matches."""

    def __init__(self, pattern: str) -> None:
        self._matches = glob_expression(display(pattern)).fullmatch
        self._fixed = re.split(r"[*?\[]", pattern)[0].rpartition("/")[0]
        self._folders = not is_remote_uri(pattern) and "**" not in pattern

    def covers(self, uri: str, above: Sequence[str]) -> bool:
        paths = (uri, *above) if self._folders else (uri,)
        return any(map(self._matches, paths)) and not _hidden_below(self._fixed, uri)


def _above(uri: str) -> Iterator[str]:
    """The parent folders of a URI, nearest first, without a slash at the end."""
    floor = len("s3://") if is_remote_uri(uri) else 0
    end = uri.rfind("/")
    while end >= floor:
        yield uri[:end] or "/"
        end = uri.rfind("/", 0, end)


def _hidden_below(root: str, uri: str) -> bool:
    # In a store, "." and ".." are ordinary names.
    return any(is_hidden(part) and part not in (".", "..") for part in uri[len(root) :].split("/"))
