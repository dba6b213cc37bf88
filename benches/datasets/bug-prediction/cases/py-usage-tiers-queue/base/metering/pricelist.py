"""Price lists: one JSON file for each plan, part of the release."""
from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Optional

FOLDER = Path(__file__).parent / "plans"


@dataclass(frozen=True)
class Tier:
    """A price per unit up to so many units; the last tier has no end."""

    up_to: Optional[int]
    price: Decimal


def tiers_of(plan: str) -> list[Tier]:
    """The tiers of a plan, the cheapest amount of units first."""
    raw = json.loads((FOLDER / f"{plan}.json").read_text(encoding="utf-8"))
    return [Tier(row["up_to"], Decimal(row["price"])) for row in raw]
