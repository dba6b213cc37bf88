"""Subscriptions as the dunning job sees them."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Iterable, Optional


@dataclass
class PaymentMethod:
    brand: str
    last4: str
    expires_on: date


@dataclass
class Subscription:
    id: int
    email: str
    plan: str
    status: str
    # Customers who pay by bank transfer have none.
    payment_method: Optional[PaymentMethod] = None


class SubscriptionStore:
    """All subscriptions of one tenant, in memory for the length of a job."""

    def __init__(self, rows: Iterable[Subscription]):
        self._rows = list(rows)

    def active(self) -> list[Subscription]:
        return [s for s in self._rows if s.status == "active"]

    def with_card(self) -> list[Subscription]:
        return [s for s in self.active() if s.payment_method is not None]

    def expiring(self, today: date, days: int = 30) -> list[Subscription]:
        """Active subscriptions whose card runs out in that many days from today."""
        last_day = today + timedelta(days=days)
        return [s for s in self.with_card() if s.payment_method.expires_on == last_day]

    def past_due(self) -> list[Subscription]:
        return [s for s in self._rows if s.status == "past_due"]
