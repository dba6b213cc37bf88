"""Parcels as the warehouse measured them."""
from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Parcel:
    code: str
    grams: int
    length: float | None = None
    width: float | None = None
    height: float | None = None

    @classmethod
    def from_row(cls, row: dict) -> "Parcel":
        """Rows of the old warehouse carry a scale weight only."""
        return cls(
            code=row["code"],
            grams=int(row["grams"]),
            length=row.get("length_cm"),
            width=row.get("width_cm"),
            height=row.get("height_cm"),
        )

    @property
    def measured(self) -> bool:
        return None not in (self.length, self.width, self.height)


class ParcelStore:
    def __init__(self, rows: list[dict]) -> None:
        self._rows = rows

    def of_order(self, order_id: int) -> list[Parcel]:
        return [Parcel.from_row(r) for r in self._rows if r["order_id"] == order_id]
