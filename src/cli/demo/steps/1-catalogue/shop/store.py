"""The goods of the shop and how many of each are left."""

from dataclasses import dataclass
from decimal import Decimal
from threading import Lock


@dataclass(frozen=True)
class Product:
    """Something to buy; price in euros, weight in kilograms."""

    sku: str
    name: str
    price: Decimal
    weight: Decimal
    discount: int = 0


class Store:
    """The stock; safe to use from several threads."""

    def __init__(self, products: list[Product], stock: dict[str, int]):
        self._products = {product.sku: product for product in products}
        self._stock = dict(stock)
        self._lock = Lock()

    def find(self, sku: str) -> Product | None:
        """The product of that number, if the shop has it."""
        return self._products.get(sku)

    def left(self, sku: str) -> int:
        """How many are in stock."""
        return self._stock.get(sku, 0)

    def take(self, sku: str, count: int) -> bool:
        """Takes goods out of stock; says whether there were enough."""
        with self._lock:
            left = self._stock.get(sku, 0)
            if left < count:
                return False
            self._stock[sku] = left - count
            return True
