"""The form with which customers change their plan."""
from __future__ import annotations

from datetime import date

from plans.change import SamePlan, change_plan
from plans.model import Account, Plan

PLANS = {p.name: p for p in (Plan("solo", 900), Plan("team", 4900), Plan("year", 9000, 365))}


def post_change(account: Account, form: dict[str, str]) -> tuple[int, dict]:
    plan = PLANS.get(form.get("plan", ""))
    if plan is None:
        return 400, {"error": "unknown plan"}
    try:
        due = change_plan(account, plan, date.today())
    except SamePlan:
        return 409, {"error": "this is your plan already"}
    return 200, {"due": due, "plan": plan.name}
