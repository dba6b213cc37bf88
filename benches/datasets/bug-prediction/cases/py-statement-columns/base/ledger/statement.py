"""Reads the account statements that banks offer for download."""
import csv
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Iterator


@dataclass(frozen=True)
class Booking:
    day: date
    payee: str
    purpose: str
    amount: Decimal
    currency: str


def _amount(text: str) -> Decimal:
    """`1.234,56` as banks write it."""
    return Decimal(text.replace(".", "").replace(",", "."))


def _rows(path: Path) -> Iterator[list[str]]:
    """All rows but the column names."""
    with path.open(encoding="cp1252", newline="") as file:
        reader = csv.reader(file, delimiter=";")
        next(reader, None)
        yield from reader


def read(path: Path) -> list[Booking]:
    """The bookings of a statement, oldest first."""
    bookings = []
    for row in _rows(path):
        if len(row) < 5:
            continue  # blank lines and the closing balance
        bookings.append(
            Booking(
                day=datetime.strptime(row[0], "%d.%m.%Y").date(),
                payee=row[1].strip(),
                purpose=row[2].strip(),
                amount=_amount(row[3]),
                currency=row[4].strip() or "EUR",
            )
        )
    return sorted(bookings, key=lambda booking: booking.day)
