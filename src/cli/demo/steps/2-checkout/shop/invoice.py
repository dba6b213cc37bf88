"""Invoices, and quotes for baskets that are not ordered yet."""

from decimal import Decimal

from shop.cart import Cart, Line
from shop.checkout import Order
from shop.money import convert, display
from shop.pricing import shipping_cost

WIDTH = 40


def row(label: str, amount: Decimal, currency: str) -> str:
    """A line of the invoice: the label left, the amount right."""
    text = display(amount, currency)
    return label[: WIDTH - len(text) - 1].ljust(WIDTH - len(text)) + text


def line_label(line: Line) -> str:
    return f"{line.count} x {line.product.name}"


def invoice(order: Order) -> str:
    """The invoice of an order as plain text."""
    rows = [f"Order {order.number}", ""]
    for line in order.lines:
        rows.append(row(line_label(line), convert(line.price, order.currency), order.currency))
    rows.append(row("Delivery", order.shipping, order.currency))
    rows.append("-" * WIDTH)
    rows.append(row("Total", order.total, order.currency))
    return "\n".join(rows)


def quote(cart: Cart, country: str, currency: str) -> str:
    """What a basket would cost; shown before the customer signs in."""
    goods = convert(cart.goods(), currency)
    shipping = convert(shipping_cost(cart.weight(), country), currency)
    return "\n".join(
        [
            row("Goods", goods, currency),
            row("Delivery", shipping, currency),
            row("Total", goods + shipping, currency),
        ]
    )
