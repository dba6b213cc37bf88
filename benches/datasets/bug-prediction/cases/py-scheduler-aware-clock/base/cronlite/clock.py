"""The one place that asks for the time, so that tests can set it."""
from datetime import datetime

_frozen: datetime | None = None


def now() -> datetime:
    return _frozen or datetime.utcnow()


def freeze(at: datetime | None) -> None:
    global _frozen
    _frozen = at
