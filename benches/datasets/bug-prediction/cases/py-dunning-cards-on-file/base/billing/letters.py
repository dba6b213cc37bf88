"""Texts of the letters that the dunning job sends."""
from __future__ import annotations

from datetime import date

from billing.models import Subscription


def card_line(sub: Subscription) -> str:
    """How the letter names the way of payment."""
    method = sub.payment_method
    if method is None:
        return "your bank transfer"
    return f"your {method.brand} card ending in {method.last4}"


def payment_failed(sub: Subscription, attempt: int) -> str:
    return (
        f"We could not collect the fee for {sub.plan} with {card_line(sub)}. "
        f"This was attempt {attempt} of 4."
    )


def overdue_since(sub: Subscription, day: date) -> str:
    return f"The fee for {sub.plan} has been due since {day:%d %B %Y}."
