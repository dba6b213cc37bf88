"""Finds the open invoice that a booking pays."""
import re

from ledger.statement import Booking

NUMBER = re.compile(r"\b(?:RE|INV)[- ]?(\d{6})\b")


def invoice_number(booking: Booking) -> str | None:
    found = NUMBER.search(booking.purpose)
    return found.group(1) if found else None


def match(bookings: list[Booking], open_invoices: dict[str, object]) -> list[tuple[Booking, str]]:
    """Pairs of bookings and numbers of open invoices; others are left to people."""
    pairs = []
    for booking in bookings:
        number = invoice_number(booking)
        if number is not None and number in open_invoices and booking.amount > 0:
            pairs.append((booking, number))
    return pairs
