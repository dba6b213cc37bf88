"""The job that rolls up what arrived in the last hour."""

import logging

from .rates import rates
from .samples import distinct, in_order, rounded

log = logging.getLogger(__name__)


def roll_up(sensor, raw, store):
    """Stores the rates of a sensor; gives how many there were."""
    samples = distinct(rounded(in_order(raw)))
    result = rates(samples)
    store.save(sensor, result)
    return len(result)


def run(inbox, store):
    total = 0
    for sensor, raw in inbox.items():
        total += roll_up(sensor, raw, store)
    log.info("rolled up %d rates of %d sensors", total, len(inbox))
    return total
