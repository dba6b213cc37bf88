"""Titles of articles, for the search."""
from __future__ import annotations

from pathlib import Path

from supply.files import decode


def titles(path: Path) -> dict[str, str]:
    """Lines of article and title, split by a tab."""
    result = {}
    for line in decode(path.read_bytes()).splitlines():
        article, found, title = line.partition("\t")
        if found:
            result[article] = title.strip()
    return result
