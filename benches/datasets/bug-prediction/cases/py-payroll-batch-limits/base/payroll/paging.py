"""Pages of a printed report."""
from typing import Sequence, TypeVar

T = TypeVar("T")


def pages(rows: Sequence[T], size: int) -> list[Sequence[T]]:
    """`rows` in pages of `size`; the last may be shorter."""
    return [rows[start : start + size] for start in range(0, len(rows), size)]
