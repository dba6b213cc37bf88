"""The timeline that customers see."""
from __future__ import annotations

LABELS = {
    "in": "arrived at depot",
    "out": "left depot",
    "road": "on its way",
    "done": "delivered",
}

#: Codes of depots as customers know them; others are shown as they are.
DEPOTS = {
    "GRZ": "Graz South",
    "LNZ": "Linz Harbour",
    "VIE": "Vienna East",
}


def entry(scan: dict) -> dict:
    """A line of the timeline."""
    label = LABELS.get(scan["state"], scan["state"])
    place = DEPOTS.get(scan["depot"], scan["depot"])
    text = f"{label} {place}" if place else label
    return {"at": scan["at"].isoformat(), "text": text, "state": scan["state"]}


def timeline(scans: list[dict]) -> list[dict]:
    """Newest first, repeated scans of the same state left out."""
    result: list[dict] = []
    last_state = None
    for scan in sorted(scans, key=lambda s: s["at"]):
        if scan["state"] == last_state:
            continue
        last_state = scan["state"]
        result.append(entry(scan))
    result.reverse()
    return result
