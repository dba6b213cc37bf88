"""Rates between neighbouring samples."""

from itertools import pairwise


def rates(samples):
    """(time, change a second) for each sample but the first."""
    out = []
    for before, after in pairwise(samples):
        rate = (after.value - before.value) / (after.at - before.at)
        out.append((after.at, rate))
    return out
