"""Subscriptions as the dunning job sees them."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date
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

    def past_due(self) -> list[Subscription]:
        return [s for s in self._rows if s.status == "past_due"]
