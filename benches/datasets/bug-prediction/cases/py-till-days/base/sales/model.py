"""Shops and their sales."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Shop:
    id: int
    name: str
    zone: ZoneInfo


@dataclass(frozen=True)
class Sale:
    shop: Shop
    at: datetime
    cents: int

    @classmethod
    def from_row(cls, row: tuple, shops: dict[int, Shop]) -> "Sale":
        """Rows hold the shop's id, seconds since the epoch, and cents."""
        shop_id, seconds, cents = row
        shop = shops[shop_id]
        return cls(shop, datetime.fromtimestamp(seconds, timezone.utc), cents)
