"""A console of rich that takes no markup: brackets in a file's name or in a server's message stay brackets."""

from __future__ import annotations

from typing import IO, Any

from rich.console import Console
from rich.text import Text

from flows.cli.plain_text import plain


class PlainConsole(Console):
    """Prints text, also in tables and their titles, as it is. Styles come from objects of rich, never from text."""

    def __init__(self, file: IO[str] | None = None, *, width: int | None = None) -> None:
        super().__init__(file=file, width=width, markup=False, emoji=False, highlight=False)

    def render_str(self, text: str, *, markup: bool | None = None, emoji: bool | None = None, **how: Any) -> Text:
        """The text without markup, emoji codes and control characters, whoever asks for them."""
        return super().render_str(plain(text), markup=False, emoji=False, **how)
