"""Files that suppliers put on our server."""
from __future__ import annotations

import csv
from pathlib import Path
from typing import Iterator


def decode(raw: bytes) -> str:
    """UTF-8 as agreed; two suppliers still send Windows text."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")


def rows(path: Path) -> Iterator[dict[str, str]]:
    """Rows of a file by the names in its first line."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file, delimiter=";")


def rows_in_stock(path: Path) -> Iterator[tuple[str, int]]:
    """Articles of a file that the supplier has, and how many."""
    for row in rows(path):
        pieces = int(row["pieces"] or 0)
        if pieces > 0:
            yield row["article"], pieces
