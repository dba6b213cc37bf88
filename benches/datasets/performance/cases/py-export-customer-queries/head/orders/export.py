"""Monthly list of shipped orders for the accountants."""
import csv

from .models import Order

HEADER = ["number", "shipped", "customer", "vat", "items", "total"]


def rows(first, last):
    """One row for each order shipped within the days, 20,000 in a usual month."""
    for order in Order.objects.shipped_between(first, last):
        yield [
            order.number,
            order.shipped_on.isoformat(),
            *_customer(order.customer),
            len(order.lines.all()),
            f"{order.total_cents / 100:.2f}",
        ]


def _customer(customer):
    """Name and VAT number; the columns of the accountants have no room for long names."""
    name = customer.name
    if len(name) > 40:
        name = name[:39] + "…"
    return [name, customer.vat_number or "-"]


def write(stream, first, last):
    writer = csv.writer(stream, delimiter=";")
    writer.writerow(HEADER)
    writer.writerows(rows(first, last))
