"""The checks of olmOCR-bench as frozen models, one a type. An option that a type does not have is an error."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, TypeAdapter, field_validator, model_validator

from olmocr_core.bench.normalise import normalise_text
from olmocr_core.domain.models import Frozen


def _folded(value: str) -> str:
    folded = normalise_text(value)
    if not folded.strip():
        raise ValueError("it is empty once emphasis and whitespace are folded")
    return folded


def _folded_if_given(value: str | None) -> str:
    return normalise_text(value) if value else ""


Wanted = Annotated[str, AfterValidator(_folded)]
MaybeWanted = Annotated[str | None, AfterValidator(_folded_if_given)]


class Check(Frozen):
    """What all checks have: which page, how many characters may differ, and where the check came from."""

    pdf: str = Field(min_length=1)
    page: int = Field(ge=1)
    id: str = Field(min_length=1)
    max_diffs: int = Field(default=0, ge=0, strict=True)
    checked: Literal["verified", "rejected"] | None = None
    url: str | None = None


class TextCheck(Check):
    """The page holds (``present``) or does not hold (``absent``) a text, in its first or last characters if limited."""

    type: Literal["present", "absent"]
    text: Wanted
    case_sensitive: bool | None = True
    first_n: int | None = None
    last_n: int | None = None


class OrderCheck(Check):
    """One text begins before another one."""

    type: Literal["order"]
    before: Wanted
    after: Wanted

    @model_validator(mode="after")
    def _not_too_lax(self) -> OrderCheck:
        if self.max_diffs > min(len(self.before), len(self.after)) // 2:
            raise ValueError("max_diffs is over half of a text that is looked for")
        return self


class TableCheck(Check):
    """A table has the cell, and the cell has these neighbours and headings; an empty one is not asked for."""

    type: Literal["table"]
    cell: Annotated[str, AfterValidator(normalise_text)]
    up: MaybeWanted = ""
    down: MaybeWanted = ""
    left: MaybeWanted = ""
    right: MaybeWanted = ""
    top_heading: MaybeWanted = ""
    left_heading: MaybeWanted = ""
    ignore_markdown_tables: bool = False


class MathCheck(Check):
    """The page holds an equation that is drawn alike; ``math`` is LaTeX without delimiters."""

    type: Literal["math"]
    math: str
    ignore_dollar_delimited: bool = False

    @field_validator("math")
    @classmethod
    def _some(cls, value: str) -> str:
        if not value.strip():
            raise ValueError("the equation is empty")
        return value


class FormatCheck(Check):
    """A text stands in a heading, in bold or in italics."""

    type: Literal["format"]
    text: Wanted
    format: Literal["heading", "bold", "italic"]
    case_sensitive: bool | None = True


class FootnoteCheck(Check):
    """A footnote's marker, raised or as ``[^1]``, with these texts within 200 characters before and after it."""

    type: Literal["footnote"]
    marker: str = Field(min_length=1, pattern=r"^[^ ]*$")
    appears_before_marker: MaybeWanted = None
    appears_after_marker: MaybeWanted = None


class BaselineCheck(Check):
    """The page is sane text: not empty, no endless repeats, no foreign script. With ``max_length``: it is blank."""

    type: Literal["baseline"]
    max_length: int | None = None
    max_length_skips_image_alt_tags: bool = False
    max_repeats: int = 30
    check_disallowed_characters: bool = True


AnyCheck = Annotated[
    TextCheck | OrderCheck | TableCheck | MathCheck | FormatCheck | FootnoteCheck | BaselineCheck,
    Field(discriminator="type"),
]
_CHECK: TypeAdapter[AnyCheck] = TypeAdapter(AnyCheck)


def parse_check(values: dict[str, Any]) -> AnyCheck:
    """One check from the values of a JSON object. Raises pydantic.ValidationError."""
    return _CHECK.validate_python(values)


def sanity_check(pdf: str) -> BaselineCheck:
    """The check that every PDF without a baseline check gets, on its first page."""
    return BaselineCheck(pdf=pdf, page=1, id=f"{pdf}_baseline", type="baseline")
