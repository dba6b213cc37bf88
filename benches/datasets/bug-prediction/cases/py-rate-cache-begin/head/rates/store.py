"""The store, a cache that survives when the bank is away."""

import sqlite3

SCHEMA = """
CREATE TABLE IF NOT EXISTS crosses (pair TEXT PRIMARY KEY, rate REAL NOT NULL);
CREATE TABLE IF NOT EXISTS rates (currency TEXT PRIMARY KEY, rate TEXT NOT NULL);
"""


CLEAR = """
BEGIN;
DELETE FROM crosses;
DELETE FROM rates;
"""

CROSS = """
INSERT INTO crosses
SELECT base.currency || '/' || quote.currency, CAST(quote.rate AS REAL) / CAST(base.rate AS REAL)
FROM rates AS base, rates AS quote
WHERE CAST(base.rate AS REAL) > 0
"""


def connect(path):
    connection = sqlite3.connect(path)
    connection.executescript(SCHEMA)
    return connection


def refresh(connection, pairs):
    """Puts new rates in place of all old ones, or leaves the old ones be."""
    with connection:
        connection.executescript(CLEAR)
        connection.executemany("INSERT INTO rates VALUES (?, ?)", pairs)
        connection.execute(CROSS)


def cross(connection, base, quote):
    """How much of `quote` one `base` is, or None."""
    pair = f"{base}/{quote}"
    row = connection.execute("SELECT rate FROM crosses WHERE pair = ?", (pair,)).fetchone()
    return row[0] if row else None


def rate(connection, currency):
    row = connection.execute("SELECT rate FROM rates WHERE currency = ?", (currency,)).fetchone()
    return row[0] if row else None
