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


COLUMNS = ("Day", "Payee", "Purpose", "Amount", "Currency")


class UnknownFormat(Exception):
    """A file whose first line lacks a column."""


def _positions(names: list[str], path: Path) -> list[int]:
    """Where each of COLUMNS stands."""
    names = [name.strip() for name in names]
    for column in COLUMNS:
        if column not in names:
            raise UnknownFormat(f"{path}: no column {column!r}")
    return [names.index(column) for column in COLUMNS]


def _rows(path: Path) -> Iterator[list[str]]:
    """The fields of all bookings, in the order of COLUMNS."""
    with path.open(encoding="cp1252", newline="") as file:
        reader = csv.reader(file, delimiter=";")
        positions = _positions(next(reader, []), path)
        for row in reader:
            if len(row) <= max(positions):
                continue  # blank lines and the closing balance
            yield [row[position] for position in positions]


def read(path: Path) -> list[Booking]:
    """The bookings of a statement, oldest first."""
    bookings = []
    for day, payee, purpose, amount, currency in _rows(path):
        bookings.append(
            Booking(
                day=datetime.strptime(day, "%d.%m.%Y").date(),
                payee=payee.strip(),
                purpose=purpose.strip(),
                amount=_amount(amount),
                currency=currency.strip() or "EUR",
            )
        )
    return sorted(bookings, key=lambda booking: booking.day)
