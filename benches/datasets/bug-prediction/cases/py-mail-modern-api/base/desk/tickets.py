"""Tickets in SQLite."""
import json
import sqlite3

from desk.inbound import Draft


class Tickets:
    def __init__(self, path: str):
        self.db = sqlite3.connect(path)
        self.db.execute(
            "CREATE TABLE IF NOT EXISTS ticket (id INTEGER PRIMARY KEY, sender TEXT, subject TEXT, text TEXT, files TEXT)"
        )

    def open(self, draft: Draft) -> int:
        """Stores a ticket and returns its number."""
        with self.db:
            row = self.db.execute(
                "INSERT INTO ticket (sender, subject, text, files) VALUES (?, ?, ?, ?)",
                (draft.sender, draft.subject, draft.text, json.dumps(draft.attachments)),
            )
        return row.lastrowid
