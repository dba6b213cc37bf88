"""A basket of goods."""

from dataclasses import dataclass
from decimal import Decimal

from shop.pricing import discounted
from shop.store import Product


@dataclass(frozen=True)
class Line:
    """A number of one product."""

    product: Product
    count: int

    @property
    def price(self) -> Decimal:
        """Price of the whole line, discount taken off, in euros."""
        return discounted(self.product.price, self.product.discount) * self.count


class Cart:
    """Lines in the order in which they were added."""

    def __init__(self):
        self.lines: list[Line] = []

    def add(self, product: Product, count: int = 1) -> None:
        """Adds goods; raises ValueError for a count below one."""
        if count < 1:
            raise ValueError("a line needs at least one piece")
        self.lines.append(Line(product, count))

    def is_empty(self) -> bool:
        return not self.lines

    def goods(self) -> Decimal:
        """Price of everything in it, in euros."""
        return sum((line.price for line in self.lines), Decimal("0"))

    def weight(self) -> Decimal:
        """Weight of everything in it, in kilograms."""
        return sum(
            (line.product.weight * line.count for line in self.lines), Decimal("0")
        )
