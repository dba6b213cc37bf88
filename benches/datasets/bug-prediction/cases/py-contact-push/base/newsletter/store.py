"""Contacts in SQLite."""
from __future__ import annotations

import sqlite3
from dataclasses import dataclass


@dataclass
class Contact:
    id: int
    email: str
    name: str


class ContactStore:
    def __init__(self, db: sqlite3.Connection):
        self.db = db

    def unpushed(self, limit: int, offset: int = 0) -> list[Contact]:
        """Contacts changed since they were pushed, the oldest first."""
        rows = self.db.execute(
            "SELECT id, email, name FROM contacts WHERE pushed_at IS NULL"
            " ORDER BY id LIMIT ? OFFSET ?",
            (limit, offset),
        )
        return [Contact(*row) for row in rows]

    def mark_pushed(self, ids: list[int]) -> None:
        with self.db:
            self.db.executemany(
                "UPDATE contacts SET pushed_at = datetime('now') WHERE id = ?",
                [(i,) for i in ids],
            )
