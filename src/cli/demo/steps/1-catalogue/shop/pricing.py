"""What goods and their delivery cost, in euros."""

from decimal import Decimal

from shop.money import rounded

# Price of the first kilogram and of each one after it, by zone.
ZONES = {
    "domestic": (Decimal("4.90"), Decimal("0.80")),
    "europe": (Decimal("9.90"), Decimal("1.90")),
    "world": (Decimal("19.90"), Decimal("6.50")),
}
DOMESTIC = "AT"
EUROPE = {"BE", "CZ", "DE", "ES", "FR", "IT", "NL", "PL", "SK"}


def zone_of(country: str) -> str:
    """The delivery zone of a country code."""
    if country == DOMESTIC:
        return "domestic"
    return "europe" if country in EUROPE else "world"


def discounted(price: Decimal, percent: int) -> Decimal:
    """Takes off a percentage; never goes below zero."""
    if percent <= 0:
        return price
    if percent >= 100:
        return Decimal("0")
    return rounded(price * (100 - percent) / 100)


def shipping_cost(weight: Decimal, country: str) -> Decimal:
    """What it costs to send a parcel of that weight in kilograms."""
    first, further = ZONES[zone_of(country)]
    extra = max(weight - 1, Decimal("0"))
    return rounded(first + further * extra)
