"""The nightly comparison of tills and sales."""
from __future__ import annotations

import sqlite3
from datetime import date
from zoneinfo import ZoneInfo

from sales.days import differences
from sales.model import Sale, Shop


def run(db: sqlite3.Connection, since: int) -> list[tuple]:
    shops = {
        row[0]: Shop(row[0], row[1], ZoneInfo(row[2]))
        for row in db.execute("SELECT id, name, zone FROM shops")
    }
    rows = db.execute("SELECT shop_id, sold_at, cents FROM sales WHERE sold_at >= ?", (since,))
    sales = [Sale.from_row(row, shops) for row in rows]
    counted = {
        (shop_id, date.fromisoformat(day)): cents
        for shop_id, day, cents in db.execute("SELECT shop_id, day, cents FROM tills")
    }
    return differences(sales, counted)
