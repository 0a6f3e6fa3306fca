"""The checks of olmOCR-bench, a model for each type. Unknown options are errors."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, TypeAdapter, field_validator, model_validator

from olmocr_core.bench.normalise import normalise_text
from olmocr_core.domain.models import Frozen


def _normalise_required(value: str) -> str:
    normalised = normalise_text(value)
    if not normalised.strip():
        raise ValueError("it is empty without emphasis and white space")
    return normalised


def _normalise_optional(value: str | None) -> str:
    return normalise_text(value) if value else ""


RequiredText = Annotated[str, AfterValidator(_normalise_required)]
OptionalText = Annotated[str | None, AfterValidator(_normalise_optional)]


class Check(Frozen):
    """The fields of all checks: the page, how many characters may differ, and where the check came from."""

    pdf: str = Field(min_length=1)
    page: int = Field(ge=1)
    id: str = Field(min_length=1)
    max_diffs: int = Field(default=0, ge=0, strict=True)
    checked: Literal["verified", "rejected"] | None = None
    url: str | None = None


class TextCheck(Check):
    """The page contains (``present``) or lacks (``absent``) a text, optionally in its first or last characters."""

    type: Literal["present", "absent"]
    text: RequiredText
    case_sensitive: bool | None = True
    first_n: int | None = None
    last_n: int | None = None


class OrderCheck(Check):
    """One text starts before another one."""

    type: Literal["order"]
    before: RequiredText
    after: RequiredText

    @model_validator(mode="after")
    def _limit_max_diffs(self) -> OrderCheck:
        if self.max_diffs > min(len(self.before), len(self.after)) // 2:
            raise ValueError("max_diffs is more than half of a text to find")
        return self


class TableCheck(Check):
    """A table has a cell with these neighbours and headings; empty ones are not checked."""

    type: Literal["table"]
    cell: Annotated[str, AfterValidator(normalise_text)]
    up: OptionalText = ""
    down: OptionalText = ""
    left: OptionalText = ""
    right: OptionalText = ""
    top_heading: OptionalText = ""
    left_heading: OptionalText = ""
    ignore_markdown_tables: bool = False


class MathCheck(Check):
    """The page contains an equation that renders the same; ``math`` is LaTeX without delimiters."""

    type: Literal["math"]
    math: str
    ignore_dollar_delimited: bool = False

    @field_validator("math")
    @classmethod
    def _require_equation(cls, value: str) -> str:
        if not value.strip():
            raise ValueError("the equation is empty")
        return value


class FormatCheck(Check):
    """A text is in a heading, in bold or in italics."""

    type: Literal["format"]
    text: RequiredText
    format: Literal["heading", "bold", "italic"]
    case_sensitive: bool | None = True


class FootnoteCheck(Check):
    """A footnote marker, superscript or ``[^1]``, with these texts within 200 characters before and after it."""

    type: Literal["footnote"]
    marker: str = Field(min_length=1, pattern=r"^[^ ]*$")
    appears_before_marker: OptionalText = None
    appears_after_marker: OptionalText = None


class BaselineCheck(Check):
    """The page is plausible text: not empty, no endless repetition, no unexpected script. With ``max_length``: it is blank."""

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
    """Parse a check from the values of a JSON object. Raises pydantic.ValidationError."""
    return _CHECK.validate_python(values)


def make_baseline_check(pdf: str) -> BaselineCheck:
    """Make the check for a PDF without a baseline check, on its first page."""
    return BaselineCheck(pdf=pdf, page=1, id=f"{pdf}_baseline", type="baseline")
