"""Small pages built by hand: lines of words in a font of even width."""

from __future__ import annotations

from olmocr_core.domain.geometry import Box, PageLayout, Ruling, Word

ADVANCE = 0.5


def line(text: str, x: float, y: float, size: float = 10.0, **style: object) -> list[Word]:
    """The words of ``text`` from ``x`` on, their box from ``y`` down; every character is half a type size wide."""
    words = []
    for part in text.split():
        width = ADVANCE * size * len(part)
        words.append(Word(part, Box(x, y, x + width, y + size), size, **style))  # type: ignore[arg-type]
        x += width + ADVANCE * size
    return words


def lines(
    texts: list[str], x: float, y: float, size: float = 10.0, leading: float = 1.2, **style: object
) -> list[Word]:
    """Several lines below each other."""
    return [w for i, text in enumerate(texts) for w in line(text, x, y + i * leading * size, size, **style)]


def prose(name: str, count: int) -> list[str]:
    """Lines of about 40 characters; each holds its name and number (``<name>3``)."""
    return [f"and so the {name}{i} line of text goes on here" for i in range(count)]


def page(*groups: list[Word], rulings: tuple[Ruling, ...] = (), **more: object) -> PageLayout:
    """A Letter page with these words."""
    words = tuple(word for group in groups for word in group)
    return PageLayout(612, 792, words, rulings=rulings, **more)  # type: ignore[arg-type]


def grid(xs: list[float], ys: list[float]) -> tuple[Ruling, ...]:
    """All lines of a table with these column and row boundaries."""
    across = [Ruling(Box(xs[0], y, xs[-1], y)) for y in ys]
    down = [Ruling(Box(x, ys[0], x, ys[-1])) for x in xs]
    return (*across, *down)


def statement() -> list[Word]:
    """An income statement: labels, and two columns of figures below years."""
    rows = [("Revenue", "1,234", "1,100"), ("Cost of sales", "(800)", "(750)"), ("Profit", "434", "350")]
    words = [*line("2024", 300, 100), *line("2023", 400, 100)]
    for i, (label, first, second) in enumerate(rows):
        y = 114 + 14 * i
        words += [*line(label, 50, y), *line("$", 290, y), *line(first, 300, y), *line(second, 400, y)]
    return words
