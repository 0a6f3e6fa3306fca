"""Let pdfium read a document through the reader of the worker's inputs: it opens no file itself."""

from __future__ import annotations

import ctypes
import os
from dataclasses import dataclass, field
from typing import Any

import pypdfium2.raw as pdfium

from olmocr_core.domain.errors import SourceAway
from olmocr_core.sandbox.inputs import open_input

_Handle = Any


@dataclass(slots=True)
class PdfSource:
    """A file that pdfium reads block by block. It must outlive every document loaded from it."""

    location: str
    error: OSError | None = field(default=None, init=False)
    _file: Any = field(init=False, repr=False)
    _access: Any = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Open it. Raises OSError."""
        self._file = open_input(self.location)
        self._access = pdfium.FPDF_FILEACCESS()
        self._access.m_FileLen = os.fstat(self._file.fileno()).st_size
        self._access.m_GetBlock = type(self._access.m_GetBlock)(self._read_block)

    def load(self, password: str) -> _Handle:
        """The document's handle; None if pdfium cannot load it."""
        return pdfium.FPDF_LoadCustomDocument(ctypes.byref(self._access), password.encode() + b"\0")

    def _read_block(self, _parameter: Any, position: int, target: Any, size: int) -> int:
        try:
            block = os.pread(self._file.fileno(), size, position)
        except OSError as error:
            self.error = error
            return 0
        ctypes.memmove(target, block, len(block))
        return int(len(block) == size)

    def check(self) -> None:
        """Raise SourceAway if a block could not be read: pdfium goes on as if the file were damaged."""
        if self.error is not None:
            raise SourceAway(f"the file can no longer be read: {self.error.strerror}") from self.error

    def close(self) -> None:
        """Close the file, after the documents."""
        self._file.close()
