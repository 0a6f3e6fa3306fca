"""Prompts by id. The id is part of every page key, so a new wording needs a new id.

A checkpoint is trained with one exact prompt: those of olmOCR come from the package ``olmocr`` at run time. Our own
prompts are in this module.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from types import MappingProxyType, ModuleType

from olmocr_core.domain.errors import UsageError

_FLOWS_1 = """\
The image shows one page of a document. Write down everything that a person would read on it.

Start with these seven lines, filled in for this page:
---
primary_language: the page's main language as two lower-case letters (en, de, zh), or null if it has no text
is_rotation_valid: True if the text stands upright in the image, otherwise False
rotation_correction: 0, 90, 180 or 270, the degrees by which the image must be turned counter-clockwise to stand upright
is_table: True if most of the page is one or more tables, otherwise False
is_diagram: True if most of the page is a diagram, chart or picture, otherwise False
---

Then give the page as Markdown:
- Keep the order in which a person reads: one column after the other, captions beside their figure or table, footnotes last.
- Copy words, numbers and punctuation as they stand, in the page's own language. Do not correct, translate, explain or add.
- Join lines that belong to one paragraph, and words that were split by a hyphen at a line's end.
- Mark headings with #, and keep lists as lists.
- Write formulas as LaTeX, \\( \\) within a line and \\[ \\] on their own.
- Write tables as HTML with <table>, <tr>, <th> and <td>, with rowspan and colspan where cells are merged.
- Leave out page numbers and running headers and footers.
- Read handwriting and stamps as well as you can, and skip what nobody could read.
- If the page has no text at all, write nothing after the second --- line.
Do not put the answer into a code block.
"""

_FLOWS_MARKDOWN_1 = """\
The image shows one page of a document. Give its text as Markdown, in the order in which a person reads it.
Copy words and numbers as they stand. Write formulas as LaTeX and tables as HTML. Leave out page numbers and running
headers and footers. Add nothing of your own.
"""

BUILT_IN_PROMPTS: Mapping[str, str] = MappingProxyType({"flows-1": _FLOWS_1, "flows-markdown-1": _FLOWS_MARKDOWN_1})
# Prompt id -> the function of the package ``olmocr`` that returns the prompt.
OLMOCR_PROMPT_FUNCTIONS: Mapping[str, str] = MappingProxyType(
    {
        "olmocr-v4": "build_no_anchoring_v4_yaml_prompt",
        "olmocr-no-anchoring": "build_no_anchoring_yaml_prompt",
    }
)
_MODULES = ("olmocr.prompts", "olmocr.prompts.prompts")


def find_prompt(prompt_id: str) -> str:
    """Find the prompt with this id. Raises UsageError if the id is unknown, or if its package is missing or too old."""
    if prompt_id in BUILT_IN_PROMPTS:
        return BUILT_IN_PROMPTS[prompt_id]
    if prompt_id in OLMOCR_PROMPT_FUNCTIONS:
        return _from_olmocr(prompt_id, OLMOCR_PROMPT_FUNCTIONS[prompt_id])
    known = ", ".join(sorted([*BUILT_IN_PROMPTS, *OLMOCR_PROMPT_FUNCTIONS]))
    raise UsageError(f"there is no prompt {prompt_id!r}; known prompts: {known}")


def _from_olmocr(prompt_id: str, function: str) -> str:
    missing = ""
    for name in _MODULES:
        try:
            module: ModuleType = importlib.import_module(name)
        except ImportError as error:
            missing = str(error)
            continue
        if build := getattr(module, function, None):
            return str(build())
    found = f"it cannot be imported ({missing})" if missing else f"it has no {function}"
    raise UsageError(
        f"prompt {prompt_id!r} belongs to the package olmocr, and {found}: "
        "pip install olmocr (or the extra: pip install 'olmocr-flows[gpu]'), or choose another inference.profile"
    )
