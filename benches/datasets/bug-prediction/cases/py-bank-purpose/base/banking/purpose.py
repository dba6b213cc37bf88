"""What a booking says about its purpose.

Transfers have tagged text: "EREF+P-100 SVWZ+Invoice 4711 ABWA+J. Doe".
Text of other bookings has no tags.
"""
from __future__ import annotations

import re

INVOICE = re.compile(r"\b(\d{4,6})\b")


def purpose(text: str) -> str:
    """The purpose that the payer wrote, or all of the text."""
    _, found, rest = text.partition("SVWZ+")
    if not found:
        return text
    return rest.split(" ABWA+")[0]


def invoice_number(text: str) -> int | None:
    match = INVOICE.search(purpose(text))
    return int(match.group(1)) if match else None
