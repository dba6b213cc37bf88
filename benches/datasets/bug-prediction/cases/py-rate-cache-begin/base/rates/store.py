"""The store, a cache that survives when the bank is away."""

import sqlite3

SCHEMA = """
CREATE TABLE IF NOT EXISTS rates (currency TEXT PRIMARY KEY, rate TEXT NOT NULL);
"""


def connect(path):
    connection = sqlite3.connect(path)
    connection.executescript(SCHEMA)
    return connection


def refresh(connection, pairs):
    """Puts new rates in place of all old ones, or leaves the old ones be."""
    with connection:
        connection.execute("DELETE FROM rates")
        connection.executemany("INSERT INTO rates VALUES (?, ?)", pairs)


def rate(connection, currency):
    row = connection.execute("SELECT rate FROM rates WHERE currency = ?", (currency,)).fetchone()
    return row[0] if row else None
