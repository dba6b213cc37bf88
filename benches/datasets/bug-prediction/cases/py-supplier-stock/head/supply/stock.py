"""Stock by article over all suppliers."""
from __future__ import annotations

from collections import Counter
from pathlib import Path

from supply.files import rows_in_stock


def stock(folder: Path) -> Counter[str]:
    result: Counter[str] = Counter()
    for path in sorted(folder.glob("*.csv")):
        for article, pieces in rows_in_stock(path):
            result[article] += pieces
    return result


def report(folder: Path) -> str:
    return "\n".join(f"{article};{pieces}" for article, pieces in sorted(stock(folder).items()))
