"""Runs what is due."""
import logging
import time
from datetime import timedelta
from typing import Callable

from cronlite import clock
from cronlite.store import Job, Store

log = logging.getLogger(__name__)


def due(store: Store) -> list[Job]:
    now = clock.now()
    return [job for job in store.jobs() if job.next_run <= now]


def run_due(store: Store, handlers: dict[str, Callable[[], None]]) -> int:
    """Runs each job that is due once. A failed one is planned again like any other."""
    count = 0
    for job in due(store):
        error = None
        try:
            handlers[job.name]()
        except Exception as exc:
            log.exception("job %s failed", job.name)
            error = str(exc)
        store.plan(job, clock.now() + timedelta(seconds=job.every_s), error)
        count += 1
    return count


def forever(store: Store, handlers: dict[str, Callable[[], None]], pause: float = 1.0) -> None:
    while True:
        run_due(store, handlers)
        time.sleep(pause)
