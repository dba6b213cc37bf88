"""The timeline that customers see."""
from __future__ import annotations

LABELS = {
    "in": "arrived at depot",
    "out": "left depot",
    "road": "on its way",
    "done": "delivered",
}


def entry(scan: dict) -> dict:
    """A line of the timeline."""
    label = LABELS.get(scan["state"], scan["state"])
    place = scan.get("depot")
    text = f"{label} {place}" if place else label
    return {"at": scan["at"].isoformat(), "text": text}


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
