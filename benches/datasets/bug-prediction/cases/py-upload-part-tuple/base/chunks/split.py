"""Splits a file for the upload in parts."""
import hashlib
from pathlib import Path

PART = 8 * 1024 * 1024


def parts(path: Path, size: int = PART) -> list[tuple[int, int, str]]:
    """(offset, length, SHA-256) of each part. An empty file has none."""
    found = []
    total = path.stat().st_size
    with path.open("rb") as file:
        offset = 0
        while offset < total:
            data = file.read(size)
            found.append((offset, len(data), hashlib.sha256(data).hexdigest()))
            offset += len(data)
    return found
