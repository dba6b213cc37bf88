"""Imports the member list of a club (CSV with number and name)."""
from __future__ import annotations

import csv
import logging
from typing import TextIO

from django.db import IntegrityError

from members.models import Club, ImportReport, Member

log = logging.getLogger(__name__)


def import_members(club: Club, file: TextIO) -> ImportReport:
    """Add the members that the club does not have yet.

    Lists overlap: a member whose number is known is counted and left alone.
    """
    added = known = 0
    for row in csv.DictReader(file, delimiter=";"):
        number = row["number"].strip()
        try:
            Member.objects.create(club=club, number=number, name=row["name"].strip())
        except IntegrityError:
            known += 1
            continue
        added += 1
    log.info("club %s: %d added, %d known", club.pk, added, known)
    return ImportReport.objects.create(club=club, added=added, known=known)
