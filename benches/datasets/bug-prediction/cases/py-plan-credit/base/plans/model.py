"""Plans and accounts."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True)
class Plan:
    name: str
    cents: int
    days: int = 30


@dataclass
class Account:
    id: int
    plan: Plan
    since: date
    balance_cents: int = 0

    @property
    def until(self) -> date:
        """First day that is not paid for."""
        return self.since + timedelta(days=self.plan.days)

    def unused_cents(self, today: date) -> int:
        """What the rest of the running period is worth."""
        left = max(0, (self.until - today).days)
        return self.plan.cents * min(left, self.plan.days) // self.plan.days
