"""The one place that asks for the time, so that tests can set it."""
from datetime import datetime, timezone

_frozen: datetime | None = None


def now() -> datetime:
    """The time now, aware, in UTC."""
    return _frozen or datetime.now(timezone.utc)


def freeze(at: datetime | None) -> None:
    global _frozen
    _frozen = at
