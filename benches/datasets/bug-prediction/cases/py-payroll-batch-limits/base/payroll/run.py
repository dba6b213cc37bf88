"""The monthly run."""
import sys
from decimal import Decimal
from pathlib import Path

from payroll.payslip import Payslip
from payroll.transfer import write


def read(path: Path) -> list[Payslip]:
    slips = []
    for text in path.read_text(encoding="utf-8").splitlines():
        number, name, net, iban = text.split("\t")
        slips.append(Payslip(int(number), name, Decimal(net), iban))
    return slips


def main(source: str, folder: str) -> None:
    for path in write(read(Path(source)), Path(folder)):
        print(path)


if __name__ == "__main__":
    main(*sys.argv[1:])
