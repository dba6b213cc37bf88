"""Splits a file for the upload in parts."""
import hashlib
from pathlib import Path
from typing import NamedTuple

PART = 8 * 1024 * 1024


class Part(NamedTuple):
    offset: int
    length: int
    digest: str


def parts(path: Path, size: int = PART) -> list[Part]:
    """The parts of a file, in order. An empty file has none."""
    found = []
    total = path.stat().st_size
    with path.open("rb") as file:
        for offset in range(0, total, size):
            data = file.read(size)
            found.append(Part(offset, len(data), hashlib.sha256(data).hexdigest()))
    return found
