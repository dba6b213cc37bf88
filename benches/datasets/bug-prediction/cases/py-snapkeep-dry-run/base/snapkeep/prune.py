"""Removes old snapshots."""
from datetime import datetime, timedelta
from pathlib import Path

FORMAT = "%Y%m%d-%H%M%S"


def taken(snapshot: Path) -> datetime:
    return datetime.strptime(snapshot.name.split(".", 1)[0], FORMAT)


def old(target: Path, keep_days: int, now: datetime) -> list[Path]:
    """The snapshots that are too old. `keep_days` of 0 keeps all of them."""
    if keep_days == 0:
        return []
    limit = now - timedelta(days=keep_days)
    return [path for path in sorted(target.glob("*.tar*")) if taken(path) < limit]
