"""Freight quotes for an order."""
from __future__ import annotations

from freight.carriers import CARRIERS, Carrier
from freight.parcels import Parcel, ParcelStore


def quote(carrier: Carrier, parcels: list[Parcel]) -> dict:
    cents = carrier.base_cents
    for parcel in parcels:
        cents += round(carrier.chargeable(parcel) * carrier.cents_per_kg)
    return {"carrier": carrier.name, "cents": cents, "parcels": len(parcels),
            "factor": carrier.volume_factor}


def quotes_for_order(store: ParcelStore, order_id: int) -> list[dict]:
    parcels = store.of_order(order_id)
    result = []
    for carrier in CARRIERS:
        if all(carrier.accepts(p) for p in parcels):
            result.append(quote(carrier, parcels))
    return sorted(result, key=lambda q: q["cents"])
