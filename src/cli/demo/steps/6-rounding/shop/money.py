"""Amounts of money: rounding, conversion and display."""

from decimal import ROUND_HALF_EVEN, Decimal

DEFAULT_CURRENCY = "EUR"
CENT = Decimal("0.01")

# Units of the currency for one euro; the night job refreshes them.
RATES = {
    "EUR": Decimal("1"),
    "USD": Decimal("1.08"),
    "GBP": Decimal("0.86"),
}


class UnknownCurrency(ValueError):
    """The shop does not sell in this currency."""


def rounded(amount: Decimal) -> Decimal:
    """Rounds to whole cents, halves to the even one, as the bank does."""
    return amount.quantize(CENT, rounding=ROUND_HALF_EVEN)


def convert(amount: Decimal, currency: str) -> Decimal:
    """Converts euros to another currency, in whole cents."""
    rate = RATES.get(currency)
    if rate is None:
        raise UnknownCurrency(currency)
    return rounded(amount * rate)


def display(amount: Decimal, currency: str) -> str:
    """Writes an amount the way the invoice shows it: `12.50 EUR`."""
    return f"{rounded(amount)} {currency}"
