"""Moving an account to another plan."""
from __future__ import annotations

from datetime import date

from plans.model import Account, Plan


class SamePlan(Exception):
    pass


def change_plan(account: Account, plan: Plan, today: date) -> int:
    """Switches at once; returns what is due after the credit, in cents.

    The unused days of the old plan are credited. A credit that is larger
    than the new price stays on the balance.
    """
    if plan == account.plan:
        raise SamePlan(plan.name)
    credit = account.unused_cents(today)
    account.plan = plan
    account.since = today
    account.balance_cents += credit
    due = max(0, plan.cents - account.balance_cents)
    account.balance_cents -= plan.cents - due
    return due
