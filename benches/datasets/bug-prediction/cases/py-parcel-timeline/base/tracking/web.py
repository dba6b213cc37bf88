"""HTTP endpoints of the tracking page."""
from __future__ import annotations

from flask import Flask, abort, jsonify, request

from tracking.events import parse_scan
from tracking.timeline import timeline

app = Flask(__name__)
SCANS: dict[str, list[dict]] = {}


@app.post("/hooks/scan")
def receive_scan():
    payload = request.get_json()
    for field in ("parcel", "state", "at"):
        if not isinstance(payload.get(field), str):
            abort(400)
    scan = parse_scan(payload)
    SCANS.setdefault(scan["parcel"], []).append(scan)
    return "", 204


@app.get("/parcels/<parcel>")
def show(parcel: str):
    scans = SCANS.get(parcel)
    if scans is None:
        abort(404)
    return jsonify(timeline(scans))
