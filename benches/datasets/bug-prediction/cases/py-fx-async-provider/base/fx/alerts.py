"""Alerts: users are told when a rate crosses a threshold."""
from fastapi import APIRouter
from pydantic import BaseModel

from fx import provider

router = APIRouter(prefix="/alerts")


class Alert(BaseModel):
    base: str
    target: str
    above: float


ALERTS: list[Alert] = []


@router.post("", status_code=201)
async def add(alert: Alert):
    ALERTS.append(alert)
    return {"alerts": len(ALERTS)}


@router.get("/due")
async def due():
    """The alerts whose threshold is crossed now; the mailer polls this."""
    found = []
    for alert in ALERTS:
        rate = provider.rates(alert.base).get(alert.target)
        if rate is not None and rate > alert.above:
            found.append({"alert": alert, "rate": rate})
    return found
