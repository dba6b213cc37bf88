import sys
from pathlib import Path

from ledger.statement import read


def main() -> int:
    total = 0
    for name in sys.argv[1:]:
        bookings = read(Path(name))
        total += len(bookings)
        for booking in bookings:
            print(f"{booking.day}  {booking.amount:>12} {booking.currency}  {booking.payee}")
    print(f"{total} bookings")
    return 0


if __name__ == "__main__":
    sys.exit(main())
