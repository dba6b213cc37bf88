"""Loads a statement: `python -m bankfeed.load FILE`."""
from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from decimal import Decimal

from .statement import Row, read


def distinct(rows: Iterable[Row]) -> Iterator[Row]:
    """Leaves out rows that the bank repeats."""
    seen: list[str] = []
    repeated = 0
    for row in rows:
        if row.reference in seen:
            repeated += 1
            continue
        seen.append(row.reference)
        yield row
    if repeated:
        print(f"{repeated} repeated rows left out", file=sys.stderr)


def total(rows: Iterable[Row]) -> tuple[int, Decimal]:
    """How many rows there are, and their sum."""
    count, amount = 0, Decimal(0)
    for row in rows:
        count += 1
        amount += row.amount
    return count, amount


def main(path: str) -> int:
    """Statements of the clearing account have up to 900,000 rows a day."""
    with open(path, encoding="utf-8", newline="") as file:
        count, amount = total(distinct(read(file)))
    print(f"{count} bookings, {amount} in all")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
