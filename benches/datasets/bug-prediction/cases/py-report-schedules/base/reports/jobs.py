"""Report jobs and when they are due."""
from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import Optional, Protocol
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Job:
    id: int
    tenant: str
    hour: int
    # None: as the tenant has it. So are all jobs made before zones came.
    zone: Optional[str] = None
    paused: bool = False


class Tenants(Protocol):
    def zone_of(self, tenant: str) -> str: ...


def with_tenant_zone(job: Job, tenants: Tenants) -> Job:
    """The job with the zone that it runs in."""
    if job.zone is not None:
        return job
    return replace(job, zone=tenants.zone_of(job.tenant))


def is_due(job: Job, now: datetime) -> bool:
    """Whether the job's hour has just begun where the job is at home."""
    local = now.astimezone(ZoneInfo(job.zone))
    return local.hour == job.hour and local.minute == 0


def utc_now() -> datetime:
    return datetime.now(timezone.utc)
