"""Turns what the shop page sends into an order."""

from dataclasses import dataclass
from decimal import Decimal
from itertools import count

from shop.cart import Cart, Line
from shop.money import DEFAULT_CURRENCY, convert
from shop.pricing import shipping_cost
from shop.store import Store

_numbers = count(1000)


class CheckoutError(ValueError):
    """The order cannot be taken; the message is shown to the customer."""


@dataclass(frozen=True)
class Order:
    """An accepted order; amounts are in its currency."""

    number: int
    lines: tuple[Line, ...]
    goods: Decimal
    shipping: Decimal
    currency: str
    country: str

    @property
    def total(self) -> Decimal:
        return self.goods + self.shipping


def read_cart(payload: dict, store: Store) -> Cart:
    """Collects the goods; unknown numbers and silly counts are refused."""
    cart = Cart()
    for item in payload.get("items", []):
        product = store.find(item.get("sku", ""))
        if product is None:
            raise CheckoutError(f"there is no product {item.get('sku')!r}")
        cart.add(product, max(int(item.get("count", 1)), 1))
    if cart.is_empty():
        raise CheckoutError("the basket is empty")
    return cart


def place_order(payload: dict, store: Store) -> Order:
    """Takes the goods out of stock and returns the order.

    `shipping` in the payload chooses the way of delivery.
    """
    cart = read_cart(payload, store)
    country = payload.get("country", "AT")
    currency = payload["currency"]
    method = payload.get("shipping", "standard")
    goods = convert(cart.goods(), currency)
    shipping = convert(shipping_cost(cart.weight(), country, method), currency)
    for line in cart.lines:
        if not store.take(line.product.sku, line.count):
            raise CheckoutError(f"{line.product.name} is sold out")
    return Order(next(_numbers), tuple(cart.lines), goods, shipping, currency, country)
