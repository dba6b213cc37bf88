"""VAT rates by country, as fractions. Updated by finance once a quarter."""
from decimal import Decimal

VAT_RATES = {
    "AT": {"standard": Decimal("0.20"), "food": Decimal("0.10"), "books": Decimal("0.10")},
    "DE": {"standard": Decimal("0.19"), "food": Decimal("0.07"), "books": Decimal("0.07")},
    "FR": {"standard": Decimal("0.20"), "food": Decimal("0.055"), "books": Decimal("0.055")},
    "GR": {"standard": Decimal("0.24"), "food": Decimal("0.13"), "books": Decimal("0.06")},
    "IT": {"standard": Decimal("0.22"), "food": Decimal("0.10"), "books": Decimal("0.04")},
}

# The tax offices write some countries otherwise than ISO 3166 does.
ALIASES = {"EL": "GR", "FX": "FR"}


def rate_for(country: str, kind: str) -> Decimal:
    """The VAT rate for goods of `kind` sold to `country`."""
    code = ALIASES.get(country, country)
    rates = VAT_RATES[code]
    return rates.get(kind, rates["standard"])


def supported(country: str) -> bool:
    """Whether we may sell to `country` at all."""
    return country in VAT_RATES or country in ALIASES
