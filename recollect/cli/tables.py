"""Aligned columns that are the same on a terminal, in a pipe and in a file."""

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.text import Text


def print_table(rows: Iterable[Sequence[object]], title: str = "") -> None:
    """Prints rows of equal length under a title, every column but the last as wide as its longest entry."""
    cells = [[str(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    console = Console()
    if title:
        console.print(Text(title, style="bold"), soft_wrap=True)
    for row in cells:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        console.print(Text(f"  {line}".rstrip()), soft_wrap=True)
