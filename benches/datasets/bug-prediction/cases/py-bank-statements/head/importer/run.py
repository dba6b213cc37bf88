"""Entry of the nightly import."""
from __future__ import annotations

import logging
from typing import BinaryIO, Protocol

from importer.statements import Posting, read_stream

log = logging.getLogger(__name__)


class Bucket(Protocol):
    def keys(self, suffix: str) -> list[str]: ...

    def open(self, key: str) -> BinaryIO: ...


def import_all(bucket: Bucket) -> dict[str, list[Posting]]:
    """All statements of the bucket, by bank; `<bank>-<number>.csv`."""
    found: dict[str, list[Posting]] = {}
    for key in sorted(bucket.keys(".csv")):
        bank = key.split("-")[0]
        postings = read_stream(bucket.open(key), bank)
        log.info("%s: %d postings", key, len(postings))
        found.setdefault(bank, []).extend(postings)
    return found
