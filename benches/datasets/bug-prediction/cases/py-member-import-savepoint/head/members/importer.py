"""Imports the member list of a club (CSV with number and name)."""
from __future__ import annotations

import csv
import logging
from typing import TextIO

from django.db import IntegrityError, transaction

from members.models import Club, ImportReport, Member

log = logging.getLogger(__name__)


def _create(club: Club, number: str, name: str) -> None:
    """Add one member; whatever fails in here is undone alone."""
    with transaction.atomic():
        Member.objects.create(club=club, number=number, name=name)


def import_members(club: Club, file: TextIO) -> ImportReport:
    """Add the members that the club does not have yet.

    Lists overlap: a member whose number is known is counted and left alone.
    If anything else goes wrong, nothing of the list stays.
    """
    added = known = 0
    with transaction.atomic():
        for row in csv.DictReader(file, delimiter=";"):
            number = row["number"].strip()
            try:
                _create(club, number, row["name"].strip())
            except IntegrityError:
                known += 1
                continue
            added += 1
        report = ImportReport.objects.create(club=club, added=added, known=known)
    log.info("club %s: %d added, %d known", club.pk, added, known)
    return report
