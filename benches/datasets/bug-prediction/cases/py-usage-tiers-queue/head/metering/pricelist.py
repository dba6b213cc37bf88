"""Price lists: one JSON file for each plan, part of the release."""
from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Optional

FOLDER = Path(__file__).parent / "plans"


class UnknownPlan(LookupError):
    """There is no price list of this name."""


@dataclass(frozen=True)
class Tier:
    """A price per unit up to so many units; the last tier has no end."""

    up_to: Optional[int]
    price: Decimal


@lru_cache(maxsize=None)
def tiers_of(plan: str) -> list[Tier]:
    """The tiers of a plan, the cheapest amount of units first."""
    file = FOLDER / f"{plan}.json"
    if not file.exists():
        raise UnknownPlan(plan)
    raw = json.loads(file.read_text(encoding="utf-8"))
    return [Tier(row["up_to"], Decimal(row["price"])) for row in raw]
