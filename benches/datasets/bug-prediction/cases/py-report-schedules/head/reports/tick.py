"""What happens once a minute."""
from __future__ import annotations

import logging
from datetime import datetime
from typing import Callable, Iterable

from reports.jobs import Job, Tenants, is_due, with_tenant_zone

log = logging.getLogger(__name__)


def tick(
    jobs: Iterable[Job],
    tenants: Tenants,
    start: Callable[[Job], None],
    now: datetime,
) -> list[int]:
    """Start the jobs that are due; their ids."""
    started: list[int] = []
    resting = 0
    for job in jobs:
        if job.paused or not is_due(job, now):
            resting += 1
            continue
        start(with_tenant_zone(job, tenants))
        started.append(job.id)
    log.info(
        "tick %s: %d started, %d resting",
        now.isoformat(timespec="minutes"),
        len(started),
        resting,
    )
    return started
