from decimal import Decimal

from billing.invoice import Invoice, Line


def test_vat_is_rounded_per_rate():
    invoice = Invoice("2026-1", "DE", [Line("A", "food", Decimal("1.05")), Line("B", "food", Decimal("1.05"))])
    assert invoice.vat() == {Decimal("0.07"): Decimal("0.15")}


def test_unknown_kind_is_standard():
    invoice = Invoice("2026-2", "AT", [Line("C", "toys", Decimal("10.00"))])
    assert invoice.gross == Decimal("12.00")
