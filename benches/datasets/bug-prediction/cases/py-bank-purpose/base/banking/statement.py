"""Bookings of a bank statement."""
from __future__ import annotations

import csv
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path


@dataclass(frozen=True)
class Booking:
    day: str
    cents: int
    text: str


def read_bookings(path: Path) -> list[Booking]:
    """All bookings of a file, fees and cash withdrawals among them."""
    with path.open(newline="", encoding="utf-8") as file:
        return [
            Booking(row["day"], int(Decimal(row["amount"]) * 100), row["text"])
            for row in csv.DictReader(file, delimiter=";")
        ]
