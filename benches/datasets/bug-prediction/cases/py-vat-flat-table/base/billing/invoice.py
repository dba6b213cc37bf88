"""Invoices: lines, net and gross sums."""
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from billing.rates import rate_for

CENT = Decimal("0.01")


@dataclass(frozen=True)
class Line:
    sku: str
    kind: str
    net: Decimal


@dataclass
class Invoice:
    number: str
    country: str
    lines: list[Line] = field(default_factory=list)

    @property
    def net(self) -> Decimal:
        return sum((line.net for line in self.lines), Decimal(0))

    def vat(self) -> dict[Decimal, Decimal]:
        """VAT due, by rate; each rate's sum is rounded once."""
        due: dict[Decimal, Decimal] = defaultdict(Decimal)
        for line in self.lines:
            rate = rate_for(self.country, line.kind)
            due[rate] += line.net * rate
        return {rate: sum_.quantize(CENT, ROUND_HALF_UP) for rate, sum_ in due.items()}

    @property
    def gross(self) -> Decimal:
        return self.net + sum(self.vat().values(), Decimal(0))
