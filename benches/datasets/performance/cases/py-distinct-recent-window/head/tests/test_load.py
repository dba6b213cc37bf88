from decimal import Decimal

from bankfeed.load import distinct, total
from bankfeed.statement import read

LINES = ["reference;day;amount;text", "a1;2025-02-01;10.50;rent", "a2;2025-02-01;-3.00;fee"]


def test_total():
    assert total(read(LINES)) == (2, Decimal("7.50"))


def test_repeated_rows_count_once():
    rows = distinct(read([*LINES, LINES[-1]]))
    assert total(rows) == (2, Decimal("7.50"))
