"""Handlers of the events that the shop publishes."""
from __future__ import annotations

import logging
from decimal import Decimal

log = logging.getLogger(__name__)


class Ledger:
    """Sums per tenant, flushed to the database by the caller."""

    def __init__(self) -> None:
        self.totals: dict[str, Decimal] = {}

    def add(self, tenant: str, amount: Decimal) -> None:
        self.totals[tenant] = self.totals.get(tenant, Decimal(0)) + amount


def book_payment(event: dict, ledger: Ledger) -> None:
    """Book one payment to the account of its tenant."""
    tenant = event["meta"]["tenant"]
    amount = Decimal(event["amount"]) / 100
    ledger.add(tenant, amount)
    log.debug("booked %s for %s", amount, tenant)
