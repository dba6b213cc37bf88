"""Stock by article over all suppliers."""
from __future__ import annotations

from collections import Counter
from pathlib import Path

from supply.files import rows


def stock(folder: Path) -> Counter[str]:
    result: Counter[str] = Counter()
    for path in sorted(folder.glob("*.csv")):
        for row in rows(path):
            pieces = int(row["pieces"] or 0)
            if pieces > 0:
                result[row["article"]] += pieces
    return result


def report(folder: Path) -> str:
    return "\n".join(f"{article};{pieces}" for article, pieces in sorted(stock(folder).items()))
