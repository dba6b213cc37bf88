"""Hourly: fetch and store."""

import logging
from decimal import InvalidOperation

import requests

from . import feed, store

log = logging.getLogger(__name__)


def run(path):
    connection = store.connect(path)
    try:
        store.refresh(connection, feed.fetch())
    except (requests.RequestException, KeyError, InvalidOperation) as error:
        log.warning("rates stay as they are: %s", error)
    finally:
        connection.close()
