"""Reads the spool folder to which the mail server delivers."""
import logging
import time
from pathlib import Path

from desk.inbound import parse
from desk.tickets import Tickets

log = logging.getLogger(__name__)


def work(spool: Path, tickets: Tickets) -> int:
    """Files every mail of `spool` as a ticket, the oldest first, and removes it."""
    done = 0
    for path in sorted(spool.glob("*.eml")):
        draft = parse(path.read_bytes())
        number = tickets.open(draft)
        log.info("%s became ticket %d", path.name, number)
        path.unlink()
        done += 1
    return done


def forever(spool: Path, tickets: Tickets) -> None:
    while True:
        work(spool, tickets)
        time.sleep(5)
