"""Jobs in SQLite. Times are text in UTC, as SQLite's own functions write them."""
import sqlite3
from dataclasses import dataclass
from datetime import datetime

SCHEMA = """
CREATE TABLE IF NOT EXISTS job (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    every_s INTEGER NOT NULL,
    next_run TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
    last_error TEXT
);
"""


@dataclass
class Job:
    id: int
    name: str
    every_s: int
    next_run: datetime


class Store:
    def __init__(self, path: str):
        self.db = sqlite3.connect(path)
        self.db.executescript(SCHEMA)

    def add(self, name: str, every_s: int) -> None:
        """A new job is due at once."""
        with self.db:
            self.db.execute("INSERT INTO job (name, every_s) VALUES (?, ?)", (name, every_s))

    def jobs(self) -> list[Job]:
        rows = self.db.execute("SELECT id, name, every_s, next_run FROM job ORDER BY next_run")
        return [Job(id, name, every_s, datetime.fromisoformat(next_run)) for id, name, every_s, next_run in rows]

    def plan(self, job: Job, next_run: datetime, error: str | None) -> None:
        with self.db:
            self.db.execute(
                "UPDATE job SET next_run = ?, last_error = ? WHERE id = ?",
                (next_run.isoformat(" ", "seconds"), error, job.id),
            )
