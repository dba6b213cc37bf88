"""Entry of the nightly import."""
from __future__ import annotations

import logging
from pathlib import Path

from importer.statements import Posting, read_file

log = logging.getLogger(__name__)


def import_all(inbox: Path) -> dict[str, list[Posting]]:
    """All statements of the inbox, by bank; `<bank>-<number>.csv`."""
    found: dict[str, list[Posting]] = {}
    for path in sorted(inbox.glob("*.csv")):
        bank = path.stem.split("-")[0]
        postings = read_file(path, bank)
        log.info("%s: %d postings", path.name, len(postings))
        found.setdefault(bank, []).extend(postings)
    return found
