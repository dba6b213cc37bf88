"""Import of places, CSV with name, lat and lon."""

import csv


def region_of(regions, lat, lon):
    """The first region that contains a place, or None."""
    for region in regions:
        if region.contains(lat, lon):
            return region
    return None


def import_places(stream, regions):
    """(places by region, names of those outside all regions)."""
    placed, outside = {}, []
    for row in csv.DictReader(stream):
        region = region_of(regions, float(row["lat"]), float(row["lon"]))
        if region is None:
            outside.append(row["name"])
        else:
            placed.setdefault(region.name, []).append(row["name"])
    return placed, outside
