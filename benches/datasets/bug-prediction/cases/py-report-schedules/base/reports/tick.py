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
    for job in jobs:
        job = with_tenant_zone(job, tenants)
        if job.paused:
            continue
        if not is_due(job, now):
            continue
        start(job)
        started.append(job.id)
    log.info("tick %s: %d started", now.isoformat(timespec="minutes"), len(started))
    return started
