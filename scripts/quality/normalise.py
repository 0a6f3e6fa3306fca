"""Normalise texts for comparison: remove Markdown and HTML markup, unify variants of the same character.

All tools' texts go through the same functions, so markup that only one of them writes does not matter.
"""

from __future__ import annotations

import html
import re
import unicodedata

_TAGS = "table|thead|tbody|tfoot|tr|td|th|caption|p|div|h[1-6]|ul|ol|li|pre|figure|figcaption|hr|br|blockquote"
_INLINE = "b|i|u|em|strong|sup|sub|span|code|a|img|mark|small"
_BLOCK_TAG = re.compile(rf"</?(?:{_TAGS})(?:\s[^<>]*)?/?>", re.IGNORECASE)
_INLINE_TAG = re.compile(rf"</?(?:{_INLINE})(?:\s[^<>]*)?/?>", re.IGNORECASE)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_IMAGE = re.compile(r"!\[[^\]]*\]\([^)\s]*\)")
_LINK = re.compile(r"\[([^\]\n]*)\]\((?:https?:|mailto:|#)[^)\s]*\)")
_FENCE = re.compile(r"^\s*(?:```|~~~)\w*\s*$", re.MULTILINE)
_HEADING = re.compile(r"^\s{0,3}#{1,6}\s+", re.MULTILINE)
_TABLE_RULE = re.compile(r"^\s*\|?\s*:?-{3,}:?\s*(?:\|\s*:?-{3,}:?\s*)*\|?\s*$", re.MULTILINE)
_STRONG = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1", re.DOTALL)
_EMPHASIS = re.compile(r"(?<![\w*])([*_])(?=\S)([^*_\n]+?)(?<=\S)\1(?![\w*])")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_CJK = "\u3000-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uff00-\uffef"
_CJK_GAP = re.compile(rf"(?<=[{_CJK}])\s+(?=[{_CJK}])")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_TYPOGRAPHY = str.maketrans(
    dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb", '"')
    | dict.fromkeys("\u2018\u2019\u201a\u201b\u00b4`", "'")
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-")
    | {"\u00b5": "\u03bc"}
)


def strip_markdown(markdown: str) -> str:
    """Remove markup, tags, images and link targets from Markdown; lines stay lines."""
    text = _COMMENT.sub(" ", markdown)
    text = _IMAGE.sub(" ", text)
    text = _LINK.sub(r"\1", text)
    text = _FENCE.sub("", text)
    text = _INLINE_TAG.sub("", _BLOCK_TAG.sub(" ", text))
    text = _HEADING.sub("", text)
    text = _TABLE_RULE.sub("", text)
    text = _EMPHASIS.sub(r"\2", _STRONG.sub(r"\2", text))
    return html.unescape(_ESCAPE.sub(r"\1", text)).replace("|", " ")


def normalise(text: str, *, typography: bool = True) -> str:
    """Apply NFKC, collapse white space (remove it between CJK characters), and remove invisible characters.

    With ``typography``, quotes and dashes become plain ones, too.
    """
    text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))
    if typography:
        text = text.translate(_TYPOGRAPHY)
    return _CJK_GAP.sub("", " ".join(text.split()))


def split_words(text: str) -> list[str]:
    """Split a text into words in lower case, without surrounding punctuation."""
    return re.findall(r"\w+(?:[.,'/-]\w+)*", normalise(text).casefold())
