"""Freight quotes for an order."""
from __future__ import annotations

from freight.carriers import CARRIERS, Carrier
from freight.parcels import Parcel, ParcelStore

VOLUME_FACTOR = 5000


def chargeable_kg(parcel: Parcel) -> float:
    """The larger of scale weight and volumetric weight."""
    scale = parcel.grams / 1000
    if not parcel.measured:
        return scale
    volume = parcel.length * parcel.width * parcel.height / VOLUME_FACTOR
    return max(scale, volume)


def quote(carrier: Carrier, parcels: list[Parcel]) -> dict:
    cents = carrier.base_cents
    for parcel in parcels:
        cents += round(chargeable_kg(parcel) * carrier.cents_per_kg)
    return {"carrier": carrier.name, "cents": cents, "parcels": len(parcels)}


def quotes_for_order(store: ParcelStore, order_id: int) -> list[dict]:
    parcels = store.of_order(order_id)
    result = []
    for carrier in CARRIERS:
        if all(carrier.accepts(p) for p in parcels):
            result.append(quote(carrier, parcels))
    return sorted(result, key=lambda q: q["cents"])
