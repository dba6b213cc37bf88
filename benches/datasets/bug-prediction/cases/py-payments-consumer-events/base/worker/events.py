"""What the queue carries."""
from __future__ import annotations

import json
from dataclasses import dataclass


class BadMessage(Exception):
    """The body is no payment that can be booked."""


@dataclass(frozen=True)
class Payment:
    tenant: str
    cents: int


def read_payment(body: bytes) -> Payment:
    """The payment in a body; BadMessage if it is none."""
    try:
        event = json.loads(body)
        return Payment(tenant=str(event["meta"]["tenant"]), cents=int(event["amount"]))
    except (ValueError, LookupError, TypeError, OverflowError) as error:
        raise BadMessage(repr(error)) from error
