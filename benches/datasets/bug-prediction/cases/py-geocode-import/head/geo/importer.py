"""Import of places, CSV with name, lat and lon."""

import csv
from collections import defaultdict
from math import floor


class Strips:
    """Regions by the degrees of longitude that they touch."""

    def __init__(self, regions):
        self._strips = defaultdict(list)
        for region in regions:
            for degree in range(floor(region.west), floor(region.east) + 1):
                self._strips[degree].append(region)

    def region_of(self, lat, lon):
        """The first region that contains a place, or None."""
        for region in self._strips.get(floor(lon), ()):
            if region.contains(lat, lon):
                return region
        return None


def import_places(stream, regions):
    """(places by region, names of those outside all regions)."""
    strips = Strips(regions)
    placed, outside = {}, []
    for row in csv.DictReader(stream):
        region = strips.region_of(float(row["lat"]), float(row["lon"]))
        if region is None:
            outside.append(row["name"])
        else:
            placed.setdefault(region.name, []).append(row["name"])
    return placed, outside
