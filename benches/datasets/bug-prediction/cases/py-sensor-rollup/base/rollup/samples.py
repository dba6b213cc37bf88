"""Samples of a counter and how they are put in order."""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Sample:
    """A reading; `at` is in seconds since the epoch."""

    at: float
    value: float


def in_order(samples):
    """Samples by time, those of the same time as they came."""
    return sorted(samples, key=lambda sample: sample.at)


def rounded(samples):
    """Times as the database keeps them, in whole seconds."""
    return [replace(sample, at=int(sample.at)) for sample in samples]


def distinct(samples):
    """One sample for each time, the last one."""
    by_time = {sample.at: sample for sample in samples}
    return list(by_time.values())
