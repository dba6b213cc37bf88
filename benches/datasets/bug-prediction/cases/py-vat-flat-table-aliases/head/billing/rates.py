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


KINDS = ("standard", "food", "books")


def _flatten() -> dict[tuple[str, str], Decimal]:
    """All rates by (country, kind), under every way to write the country."""
    named = {**VAT_RATES, **{alias: VAT_RATES[code] for alias, code in ALIASES.items()}}
    return {(country, kind): rates[kind] for country, rates in named.items() for kind in KINDS}


_FLAT = _flatten()


def rate_for(country: str, kind: str) -> Decimal:
    """The VAT rate for goods of `kind` sold to `country`."""
    if kind not in KINDS:
        kind = "standard"
    return _FLAT[country, kind]


def supported(country: str) -> bool:
    """Whether we may sell to `country` at all."""
    return country in VAT_RATES or country in ALIASES
