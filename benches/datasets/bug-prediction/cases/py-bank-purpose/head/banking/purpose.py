"""What a booking says about its purpose.

Transfers have tagged text: "EREF+P-100 SVWZ+Invoice 4711 ABWA+J. Doe".
Text of other bookings has no tags.
"""
from __future__ import annotations

import re

INVOICE = re.compile(r"\b(\d{4,6})\b")


TAG = re.compile(r"\s+[A-Z]{4}\+")
REFERENCE = re.compile(r"P-(\d+)")


def field(text: str, tag: str) -> str:
    """The value of a tag, up to the next tag."""
    value = text.split(f"{tag}+", 1)[1]
    return TAG.split(value)[0].strip()


def purpose(text: str) -> str:
    """The purpose that the payer wrote."""
    return field(text, "SVWZ")


def invoice_number(text: str) -> int | None:
    """From our own reference if the portal sent it, else from the purpose."""
    if "EREF+" in text:
        reference = REFERENCE.fullmatch(field(text, "EREF"))
        if reference:
            return int(reference.group(1))
    match = INVOICE.search(purpose(text))
    return int(match.group(1)) if match else None
