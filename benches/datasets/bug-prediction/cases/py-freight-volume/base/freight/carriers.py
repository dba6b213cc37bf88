"""Carriers and what they charge."""
from __future__ import annotations

from dataclasses import dataclass

from freight.parcels import Parcel


@dataclass(frozen=True)
class Carrier:
    name: str
    cents_per_kg: int
    base_cents: int
    max_kg: float = 31.5

    def accepts(self, parcel: Parcel) -> bool:
        return parcel.grams / 1000 <= self.max_kg


CARRIERS = [
    Carrier("northpost", cents_per_kg=145, base_cents=390),
    Carrier("quickvan", cents_per_kg=210, base_cents=250, max_kg=40),
]
