"""The nightly dunning job."""
from __future__ import annotations

import logging
from datetime import date
from typing import Protocol

from billing import letters
from billing.models import SubscriptionStore

log = logging.getLogger(__name__)


class Outbox(Protocol):
    def put(self, to: str, subject: str, body: str) -> None: ...


def run(store: SubscriptionStore, outbox: Outbox, today: date, attempts: dict[int, int]) -> int:
    """Send what is to be sent tonight; the number of letters."""
    sent = 0
    for sub in store.past_due():
        attempt = attempts.get(sub.id, 0) + 1
        outbox.put(sub.email, "Payment failed", letters.payment_failed(sub, attempt))
        attempts[sub.id] = attempt
        sent += 1
    for sub in store.expiring(today):
        outbox.put(sub.email, "Your card expires soon", letters.card_expires(sub))
        sent += 1
    log.info("dunning %s: %d letters", today, sent)
    return sent
