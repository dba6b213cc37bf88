"""Scan events that carriers post to us."""
from __future__ import annotations

from datetime import datetime


def parse_scan(payload: dict) -> dict:
    """One scan; carriers leave out `depot` for scans on the road."""
    scan = {
        "parcel": payload["parcel"],
        "state": payload["state"],
        "at": datetime.fromisoformat(payload["at"]),
    }
    if "depot" in payload:
        scan["depot"] = payload["depot"].strip().upper()
    return scan
