"""Pushes changed contacts to the newsletter service."""
from __future__ import annotations

import logging

import requests

from newsletter.store import Contact, ContactStore

log = logging.getLogger(__name__)

BATCH = 200


class Newsletter:
    def __init__(self, base_url: str, token: str):
        self.base_url = base_url
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {token}"

    def upsert(self, contacts: list[Contact]) -> list[int]:
        """Send a batch; the ids that the service took."""
        answer = self.session.post(
            f"{self.base_url}/contacts/batch",
            json=[{"ref": c.id, "email": c.email, "name": c.name} for c in contacts],
            timeout=30,
        )
        answer.raise_for_status()
        return [row["ref"] for row in answer.json()["accepted"]]


def push_all(store: ContactStore, service: Newsletter) -> int:
    """Push all changed contacts; how many were taken."""
    taken = refused = offset = 0
    while contacts := store.unpushed(BATCH, offset):
        accepted = service.upsert(contacts)
        store.mark_pushed(accepted)
        taken += len(accepted)
        refused += len(contacts) - len(accepted)
        offset += BATCH
    log.info("%d contacts pushed, %d refused", taken, refused)
    return taken
