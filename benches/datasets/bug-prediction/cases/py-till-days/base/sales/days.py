"""Takings by shop and day, as the shops count their tills."""
from __future__ import annotations

from collections import defaultdict
from datetime import date

from sales.model import Sale, Shop


def takings(sales: list[Sale]) -> dict[tuple[int, date], int]:
    result: dict[tuple[int, date], int] = defaultdict(int)
    for sale in sales:
        day = sale.at.astimezone(sale.shop.zone).date()
        result[sale.shop.id, day] += sale.cents
    return dict(result)


def differences(sales: list[Sale], counted: dict[tuple[int, date], int]) -> list[tuple]:
    """Tills whose count is not what was sold."""
    sold = takings(sales)
    keys = sorted(set(sold) | set(counted))
    return [
        (shop, day, sold.get((shop, day), 0), counted.get((shop, day), 0))
        for shop, day in keys
        if sold.get((shop, day), 0) != counted.get((shop, day), 0)
    ]
