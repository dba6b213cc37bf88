"""Scan events that carriers post to us."""
from __future__ import annotations

from datetime import datetime


def parse_scan(payload: dict) -> dict:
    """One scan; carriers leave out `depot` for scans on the road."""
    scan = {
        "parcel": payload["parcel"],
        "state": payload["state"],
        "at": datetime.fromisoformat(payload["at"]),
        "depot": "",
    }
    scan.update(depot_of(payload))
    return scan


def depot_of(payload: dict) -> dict:
    """The part of a scan that says where it was made, if the carrier knows."""
    if "depot" not in payload:
        return {}
    return {"depot": payload["depot"].strip().upper()}
