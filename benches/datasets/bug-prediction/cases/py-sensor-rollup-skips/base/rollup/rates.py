"""Rates between neighbouring samples."""

from itertools import pairwise


def rates(samples):
    """(time, change a second) for each sample but the first; of samples
    of one second only the first has one."""
    out = []
    for before, after in pairwise(samples):
        try:
            rate = (after.value - before.value) / (after.at - before.at)
        except ZeroDivisionError:
            continue
        out.append((after.at, rate))
    return out
