"""Assign bookings to open invoices."""
from __future__ import annotations

from banking.purpose import invoice_number
from banking.statement import Booking


def match(bookings: list[Booking], open_invoices: dict[int, int]) -> tuple[list, list]:
    """Pairs of booking and invoice number, and the bookings left over."""
    matched, left = [], []
    for booking in bookings:
        number = invoice_number(booking.text)
        if number in open_invoices and booking.cents == open_invoices[number]:
            matched.append((booking, number))
        else:
            left.append(booking)
    return matched, left
