"""Consumer of the payments queue."""
from __future__ import annotations

import json
import logging
from typing import Callable, Iterable, Protocol

from worker.handlers import Ledger, book_payment

log = logging.getLogger(__name__)


class Delivery(Protocol):
    body: bytes

    def ack(self) -> None: ...

    def dead_letter(self, reason: str) -> None: ...


def consume(deliveries: Iterable[Delivery], ledger: Ledger, flush: Callable[[Ledger], None]) -> int:
    """Book what comes until the queue is closed; the number of payments.

    A message that cannot be read goes to the dead letters, so that the
    ones behind it are not held up. The shops of release 3 and older are
    still in use and publish events without `meta`.
    """
    booked = 0
    for delivery in deliveries:
        try:
            event = json.loads(delivery.body)
            book_payment(event, ledger)
        except (json.JSONDecodeError, UnicodeDecodeError) as error:
            log.warning("payment unreadable: %s", error)
            delivery.dead_letter(f"unreadable: {error}")
            continue
        flush(ledger)
        delivery.ack()
        booked += 1
    return booked
