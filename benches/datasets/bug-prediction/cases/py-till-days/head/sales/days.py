"""Takings by shop and day, as the shops count their tills."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sales.model import Sale


@dataclass
class Day:
    """What a shop took on one day."""

    cents: int = 0
    sales: int = 0
    refunds: int = 0

    def add(self, sale: Sale) -> None:
        self.cents += sale.cents
        if sale.cents < 0:
            self.refunds += 1
        else:
            self.sales += 1


def days(sales: list[Sale]) -> dict[tuple[int, date], Day]:
    result: dict[tuple[int, date], Day] = {}
    for sale in sales:
        key = (sale.shop.id, sale.at.date())
        result.setdefault(key, Day()).add(sale)
    return result


def takings(sales: list[Sale]) -> dict[tuple[int, date], int]:
    return {key: day.cents for key, day in days(sales).items()}


def differences(sales: list[Sale], counted: dict[tuple[int, date], int]) -> list[tuple]:
    """Tills whose count is not what was sold."""
    sold = takings(sales)
    keys = sorted(set(sold) | set(counted))
    return [
        (shop, day, sold.get((shop, day), 0), counted.get((shop, day), 0))
        for shop, day in keys
        if sold.get((shop, day), 0) != counted.get((shop, day), 0)
    ]
