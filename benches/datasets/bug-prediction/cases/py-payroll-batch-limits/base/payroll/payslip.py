from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Payslip:
    number: int
    name: str
    net: Decimal
    iban: str
