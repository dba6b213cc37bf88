"""The banks whose statements we take, and how they write them."""
from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Bank:
    code: str
    delimiter: str
    charset: str
    day_format: str


BANKS = {
    "nordsee": Bank("nordsee", ";", "utf-8", "%d.%m.%Y"),
    "hbk": Bank("hbk", ";", "cp1252", "%d.%m.%y"),
    "alpen": Bank("alpen", ",", "utf-8", "%Y-%m-%d"),
}
