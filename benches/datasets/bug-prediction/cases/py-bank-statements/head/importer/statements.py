"""Reads the statements of the banks into postings."""
from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import BinaryIO, Iterator, TextIO

from importer.banks import BANKS, Bank


@dataclass
class Posting:
    day: date
    payee: str
    amount: Decimal


def read_stream(body: BinaryIO, bank_code: str) -> list[Posting]:
    """The postings of one statement, as the bucket hands it out."""
    bank = BANKS[bank_code]
    with io.TextIOWrapper(body, encoding="utf-8", newline="") as file:
        return list(_postings(file, bank))


def _postings(file: TextIO, bank: Bank) -> Iterator[Posting]:
    for row in csv.DictReader(file, delimiter=bank.delimiter):
        yield Posting(
            day=datetime.strptime(row["day"], bank.day_format).date(),
            payee=row["payee"].strip(),
            amount=Decimal(row["amount"].replace(",", ".")),
        )
