"""Styled text that fits into columns."""

from prompt_toolkit.utils import get_cwidth

Piece = tuple[str, str]
Row = list[Piece]
Rows = list[Row]
ELLIPSIS = "…"


def clean(text: str) -> str:
    """What customers write must not steer the terminal."""
    return "".join(c if c.isprintable() else " " for c in text)


def clipped(text: str, width: int) -> str:
    """The text in at most so many cells."""
    text = clean(text)
    if get_cwidth(text) <= width:
        return text
    kept = ""
    for character in text:
        if get_cwidth(kept + character) >= width:
            break
        kept += character
    return kept + ELLIPSIS if width > 0 else ""


def wrapped(text: str, width: int) -> list[str]:
    """The text in lines of at most so many cells, broken between words where that is possible."""
    rows: list[str] = []
    for paragraph in text.splitlines():
        row = ""
        for word in clean(paragraph).split(" "):
            longer = f"{row} {word}" if row else word
            if get_cwidth(longer) <= width:
                row = longer
                continue
            if row:
                rows.append(row)
            *whole, row = _pieces(word, width)
            rows += whole
        rows.append(row)
    return rows


def joined(left: Row, right: Row, width: int) -> Row:
    """One row with something at both ends; the left side gives way."""
    room = width - _width(right)
    kept: Row = []
    for style, text in left:
        fits = clipped(text, room - _width(kept))
        kept.append((style, fits))
    return [*kept, ("", " " * max(0, room - _width(kept))), *right]


def filled(row: Row, width: int, style: str = "") -> Row:
    """The row, with the style to the end of the line."""
    return [*row, (style, " " * max(0, width - _width(row)))]


def _width(row: Row) -> int:
    return sum(get_cwidth(text) for _, text in row)


def _pieces(word: str, width: int) -> list[str]:
    """A word that is too long for a line, cut."""
    pieces = [""]
    for character in word:
        if get_cwidth(pieces[-1] + character) > max(2, width):
            pieces.append("")
        pieces[-1] += character
    return pieces
