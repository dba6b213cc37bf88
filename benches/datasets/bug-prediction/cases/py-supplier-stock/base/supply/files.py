"""Files that suppliers put on our server."""
from __future__ import annotations

import csv
import io
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
    text = decode(path.read_bytes())
    yield from csv.DictReader(io.StringIO(text, newline=""), delimiter=";")
