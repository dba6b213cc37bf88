"""Rows of bank statements in CSV, as the bank delivers them."""
from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Row:
    reference: str
    day: str
    amount: Decimal
    text: str


def read(lines: Iterable[str]) -> Iterator[Row]:
    for cells in csv.DictReader(lines, delimiter=";"):
        yield Row(
            reference=cells["reference"],
            day=cells["day"],
            amount=Decimal(cells["amount"]),
            text=cells["text"].strip(),
        )
