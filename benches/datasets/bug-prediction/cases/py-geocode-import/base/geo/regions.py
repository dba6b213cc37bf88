"""Regions and their boxes."""

import csv
from dataclasses import dataclass


@dataclass(frozen=True)
class Region:
    """A box in degrees; `west` is greater than `east` across the 180th meridian."""

    name: str
    west: float
    south: float
    east: float
    north: float

    def contains(self, lat, lon):
        if not self.south <= lat <= self.north:
            return False
        if self.west <= self.east:
            return self.west <= lon <= self.east
        return lon >= self.west or lon <= self.east


def read_regions(path):
    with open(path, newline="", encoding="utf-8") as stream:
        return [
            Region(row["name"], *(float(row[side]) for side in ("west", "south", "east", "north")))
            for row in csv.DictReader(stream)
        ]
