"""A multipart form, chunk by chunk: the bytes of its files are handed on, its small fields are kept."""

from __future__ import annotations

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from service.problems import Problem

MEDIA_TYPE = "multipart/form-data"
_MOST_FIELDS = 49
_MOST_FIELD_BYTES = 10_000


class FormReader:
    """Reads a form with files. Raises Problem for one that is broken, has too many files, or is larger than forms are.

    ``filenames``: of the files so far, as the client wrote them. ``pairs``: names and values of fields, some of which may come
    several times.
    """

    def __init__(self, content_type: str, most_files: int = 1) -> None:
        _, options = parse_options_header(content_type)
        boundary = options.get(b"boundary", b"")
        if not boundary:
            raise Problem(400, "the form has no boundary: let your HTTP client set the Content-Type of the upload")
        self.pairs: list[tuple[str, str]] = []
        self.filenames: list[str] = []
        self._most_files = most_files
        self._most_parts = _MOST_FIELDS + most_files
        self._parts = 0
        self._complete = False
        self._header = [bytearray(), bytearray()]
        self._disposition = b""
        self._field: tuple[str, bytearray] | None = None
        self._pieces: list[tuple[int, bytes]] = []
        try:
            self._parser = MultipartParser(boundary, self._callbacks())  # type: ignore[arg-type]
        except FormParserError as error:
            raise _broken(error) from error

    @property
    def fields(self) -> dict[str, str]:
        """The last value of each field."""
        return dict(self.pairs)

    def feed(self, chunk: bytes) -> list[tuple[int, bytes]]:
        """The bytes of files that a chunk of the body holds, each piece with the index of its file."""
        try:
            self._parser.write(chunk)
        except FormParserError as error:
            raise _broken(error) from error
        found, self._pieces = self._pieces, []
        return found

    def finish(self) -> None:
        """The body has ended. Raises Problem if the form has not, or has no file."""
        if not self._complete:
            raise Problem(400, "the form ends in the middle: the upload was cut off; send it again")
        if not self.filenames:
            raise Problem(422, "the form has no file: send the document in a part named `file`, with a file name")

    def _callbacks(self) -> dict[str, object]:
        return {
            "on_part_begin": self._begin_part,
            "on_header_field": lambda data, start, end: self._header[0].extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._header[1].extend(data[start:end]),
            "on_header_end": self._end_header,
            "on_headers_finished": self._end_headers,
            "on_part_data": self._take_data,
            "on_part_end": self._end_part,
            "on_end": self._end,
        }

    def _begin_part(self) -> None:
        self._parts += 1
        self._disposition, self._field = b"", None
        if self._parts > self._most_parts:
            raise Problem(413, f"the form has more than {self._most_parts} parts")

    def _end_header(self) -> None:
        name, value = (bytes(part) for part in self._header)
        self._header = [bytearray(), bytearray()]
        if name.lower() == b"content-disposition":
            self._disposition = value

    def _end_headers(self) -> None:
        _, options = parse_options_header(self._disposition)
        if b"filename" not in options:
            self._field = (options.get(b"name", b"").decode("utf-8", "replace"), bytearray())
        elif len(self.filenames) == self._most_files:
            several = "several files: send one document a request, or all of them to /v1/batches"
            more = f"more than {self._most_files} files"
            raise Problem(422, f"the form has {several if self._most_files == 1 else more}")
        else:
            self.filenames.append(options[b"filename"].decode("utf-8", "replace"))

    def _take_data(self, data: bytes, start: int, end: int) -> None:
        if self._field is None:
            self._pieces.append((len(self.filenames) - 1, data[start:end]))
            return
        name, value = self._field
        value += data[start:end]
        if len(value) > _MOST_FIELD_BYTES:
            raise Problem(413, f"the form's field {name[:100]!r} is longer than {_MOST_FIELD_BYTES:,} bytes")

    def _end_part(self) -> None:
        if self._field:
            self.pairs.append((self._field[0], self._field[1].decode("utf-8", "replace")))

    def _end(self) -> None:
        self._complete = True


def _broken(error: Exception) -> Problem:
    return Problem(400, f"the form cannot be read: {str(error)[:200]}")
