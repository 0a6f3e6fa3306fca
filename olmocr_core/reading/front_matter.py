"""Parse answers of olmOCR models: front matter between ``---`` lines, then Markdown.

Front matter is YAML for readers, but no YAML loader reads it: what a model writes is not trusted, and aliases or nested
brackets can fill the memory. Only flat ``key: value`` lines are read, as words. Known pitfalls: YAML 1.1 reads the language
``no`` as false; models write ``None`` for null and add keys; a code fence may surround the whole answer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from textwrap import dedent
from typing import cast

from olmocr_core.domain.models import Rotation, Transcription
from olmocr_core.domain.text_cleaning import clean_text

# A model that is held to 8,000 tokens writes 50,000.
MOST_ANSWER_CHARACTERS = 1_000_000
# The five fields take 120.
_MOST_FRONT_MATTER = 4_000
_FENCE = re.compile(r"\A\s*```[a-zA-Z]*[ \t]*\n(?P<inner>.*?)\n```\s*\Z", re.DOTALL)
_FRONT_MATTER = re.compile(r"\A\s*---[ \t]*\n(?P<fields>.*?)(?:\n|\A)---[ \t]*(?:\n(?P<body>.*))?\Z", re.DOTALL)
_NULLS = frozenset({"", "null", "none", "~"})
_TRUE = frozenset({"true", "yes", "on", "1"})
_FALSE = frozenset({"false", "no", "off", "0"})
_LANGUAGE = re.compile(r"[a-z]{2}")
_COLON = re.compile(r"[ \t]*:(?:[ \t]+|\Z)")
_COMMENT = re.compile(r"(?:\A|[ \t])#.*\Z")
_QUOTED = re.compile(r"""(["'])(?P<inner>[^"'\\]*)\1(?:[ \t]+#.*)?""")
_REQUIRED = ("is_rotation_valid", "rotation_correction", "is_table", "is_diagram")


class MalformedAnswer(ValueError):
    """The answer does not follow the format; the message says where."""


def parse_answer(answer: str) -> Transcription:
    """Parse an answer. Raises MalformedAnswer if its front matter is missing or malformed."""
    text = _checked(answer)
    fenced = _FENCE.match(text)
    found = _FRONT_MATTER.match(fenced.group("inner") if fenced else text)
    if not found:
        raise MalformedAnswer("no front matter between --- lines at the start of the answer")
    fields = _fields(found.group("fields"))
    body = clean_text(found.group("body") or "").strip()
    return Transcription(
        text="" if body.lower() in _NULLS else body,
        primary_language=_language(fields.get("primary_language", "")),
        is_rotation_valid=_boolean(fields, "is_rotation_valid"),
        rotation_correction=_rotation(fields["rotation_correction"]),
        is_table=_boolean(fields, "is_table"),
        is_diagram=_boolean(fields, "is_diagram"),
    )


def parse_markdown(answer: str) -> Transcription:
    """Parse an answer that is Markdown only; a code fence around the whole answer is removed.

    Raises MalformedAnswer if it is too long.
    """
    text = _checked(answer)
    fenced = _FENCE.match(text)
    body = clean_text(fenced.group("inner") if fenced else text).strip()
    return Transcription(text="" if body.lower() in _NULLS else body)


def format_answer(transcription: Transcription) -> str:
    """Write a transcription in the same format; ``parse_answer`` is the inverse."""
    lines = [
        "---",
        f"primary_language: {transcription.primary_language or 'null'}",
        f"is_rotation_valid: {transcription.is_rotation_valid}",
        f"rotation_correction: {transcription.rotation_correction}",
        f"is_table: {transcription.is_table}",
        f"is_diagram: {transcription.is_diagram}",
        "---",
    ]
    return "\n".join([*lines, transcription.text])


def read_flat_fields(source: str) -> dict[str, str]:
    """Read ``key: value`` lines, quotes and comments removed; the last of equal keys counts.

    Indented lines and list items belong to the key before them, whatever they hold. Raises MalformedAnswer.
    """
    if len(source) > _MOST_FRONT_MATTER:
        raise MalformedAnswer(f"front matter is longer than {_MOST_FRONT_MATTER:,} characters")
    fields: dict[str, str] = {}
    name = None
    for line in dedent(source).split("\n"):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if name is not None and line.startswith((" ", "\t", "- ")):
            fields[name] = f"{fields[name]} {line.strip()}"
            continue
        parts = _COLON.split(line, maxsplit=1)
        if len(parts) < 2:
            raise MalformedAnswer(f"front matter holds a line that is no key with a value: {line[:60]!r}")
        name = _unquoted(parts[0])
        fields[name] = _unquoted(parts[1])
    return fields


def _checked(answer: str) -> str:
    if len(answer) > MOST_ANSWER_CHARACTERS:
        raise MalformedAnswer(f"the answer is longer than {MOST_ANSWER_CHARACTERS:,} characters")
    return answer.replace("\r\n", "\n")


def _unquoted(words: str) -> str:
    words = words.strip()
    quoted = _QUOTED.fullmatch(words)
    return quoted.group("inner") if quoted else _COMMENT.sub("", words).strip()


def _fields(source: str) -> dict[str, str]:
    fields = read_flat_fields(source)
    missing = [name for name in _REQUIRED if name not in fields]
    if missing:
        raise MalformedAnswer(f"front matter lacks {', '.join(missing)}")
    return fields


def _language(value: str) -> str | None:
    word = value.strip().lower()
    if word in _NULLS:
        return None
    short = word.split("-")[0]
    return short if _LANGUAGE.fullmatch(short) else None


def _boolean(fields: Mapping[str, str], name: str) -> bool:
    word = fields[name].strip().lower()
    if word not in _TRUE | _FALSE:
        raise MalformedAnswer(f"{name} is {fields[name][:60]!r}, not a boolean")
    return word in _TRUE


def _rotation(value: str) -> Rotation:
    word = value.strip()
    if word not in {"0", "90", "180", "270"}:
        raise MalformedAnswer(f"rotation_correction is {value[:60]!r}, not 0, 90, 180 or 270")
    return cast(Rotation, int(word))
