"""Writes the bank's transfer files. The bank takes at most LIMIT transfers a file."""
from decimal import Decimal
from pathlib import Path

from payroll.paging import pages
from payroll.payslip import Payslip

LIMIT = 100


def line(slip: Payslip) -> str:
    return f"{slip.iban};{slip.net:.2f};{slip.name[:27]};salary {slip.number}"


def write(slips: list[Payslip], folder: Path) -> list[Path]:
    """One file for each LIMIT transfers, with a header line of count and sum."""
    written = []
    for number, page in enumerate(pages(slips, LIMIT), 1):
        total = sum((slip.net for slip in page), Decimal(0))
        path = folder / f"transfer-{number:03}.txt"
        path.write_text("\n".join([f"{len(page)};{total:.2f}", *map(line, page)]) + "\n", encoding="ascii", errors="replace")
        written.append(path)
    return written
