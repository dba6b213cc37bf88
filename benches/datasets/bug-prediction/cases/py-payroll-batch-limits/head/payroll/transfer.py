"""Writes the bank's transfer files. The bank takes at most LIMIT transfers and MOST euros a file."""
from decimal import Decimal
from pathlib import Path

from payroll.payslip import Payslip

LIMIT = 100
MOST = Decimal(250_000)


def total(slips: list[Payslip]) -> Decimal:
    return sum((slip.net for slip in slips), Decimal(0))


def batches(slips: list[Payslip]) -> list[list[Payslip]]:
    """`slips` in order, in as few files as the bank's limits allow."""
    full: list[list[Payslip]] = []
    batch: list[Payslip] = []
    for slip in slips:
        if batch and (len(batch) == LIMIT or total(batch) + slip.net > MOST):
            full.append(batch)
            batch = []
        batch.append(slip)
    return full


def header(batch: list[Payslip]) -> str:
    return f"{len(batch)};{total(batch):.2f}"


def line(slip: Payslip) -> str:
    return f"{slip.iban};{slip.net:.2f};{slip.name[:27]};salary {slip.number}"


def write(slips: list[Payslip], folder: Path) -> list[Path]:
    """One file for each batch, with a header line of count and sum."""
    written = []
    for number, batch in enumerate(batches(slips), 1):
        path = folder / f"transfer-{number:03}.txt"
        path.write_text("\n".join([header(batch), *map(line, batch)]) + "\n", encoding="ascii", errors="replace")
        written.append(path)
    return written
