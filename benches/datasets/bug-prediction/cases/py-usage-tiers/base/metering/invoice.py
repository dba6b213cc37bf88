"""Prices the usage of a month."""
from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Iterable

from metering.pricelist import tiers_of


@dataclass
class Usage:
    customer: str
    plan: str
    units: int


def price_usage(plan: str, units: int) -> Decimal:
    """What so many units cost, each part at the price of its tier."""
    tiers = tiers_of(plan)
    total = Decimal(0)
    start = 0
    while units > start and tiers:
        tier = tiers.pop(0)
        end = units if tier.up_to is None else min(units, tier.up_to)
        total += (end - start) * tier.price
        start = end
    return total.quantize(Decimal("0.01"))


def run(usages: Iterable[Usage]) -> dict[str, Decimal]:
    """The sum for each customer."""
    sums: dict[str, Decimal] = {}
    for usage in usages:
        amount = price_usage(usage.plan, usage.units)
        sums[usage.customer] = sums.get(usage.customer, Decimal(0)) + amount
    return sums
