"""The local copy of the contacts."""
import sqlite3


class Contacts:
    def __init__(self, path: str):
        self.db = sqlite3.connect(path)
        self.db.execute("CREATE TABLE IF NOT EXISTS contact (id TEXT PRIMARY KEY, name TEXT, mail TEXT)")

    def put(self, contact: dict) -> None:
        with self.db:
            self.db.execute(
                "INSERT OR REPLACE INTO contact VALUES (?, ?, ?)",
                (contact["id"], contact.get("name"), contact.get("mail")),
            )

    def count(self) -> int:
        return self.db.execute("SELECT count(*) FROM contact").fetchone()[0]
