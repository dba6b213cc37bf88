"""Copies all contacts of the CRM into the local store."""
import logging

from crm.client import Client
from crm.store import Contacts

log = logging.getLogger(__name__)


def usable(contact: dict) -> bool:
    """Contacts without a mail address are of no use to the newsletter."""
    return bool(contact.get("mail")) and not contact.get("archived", False)


def sync(client: Client, store: Contacts) -> int:
    """Copies every page; returns the number of contacts stored."""
    stored = 0
    cursor = None
    while True:
        page = client.contacts(cursor)
        batch = [contact for contact in page["items"] if usable(contact)]
        if not batch:
            continue
        store.put_all(batch)
        stored += len(batch)
        log.debug("stored %d contacts so far", stored)
        cursor = page.get("next")
        if cursor is None:
            break
    log.info("stored %d contacts", stored)
    return stored
