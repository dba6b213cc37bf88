"""From what the page sends to an order."""

import unittest
from decimal import Decimal

from shop.checkout import CheckoutError, place_order
from shop.invoice import invoice
from shop.store import Product, Store


def small_store() -> Store:
    lamp = Product("L1", "Desk lamp", Decimal("30.00"), Decimal("2"))
    return Store([lamp], {"L1": 3})


class CheckoutTest(unittest.TestCase):
    def setUp(self):
        self.store = small_store()
        self.payload = {
            "items": [{"sku": "L1", "count": 2}],
            "country": "DE",
            "currency": "EUR",
        }

    def test_an_order_takes_goods_out_of_stock(self):
        order = place_order(self.payload, self.store)
        self.assertEqual(self.store.left("L1"), 1)
        self.assertEqual(order.total, Decimal("75.60"))

    def test_more_than_the_stock_is_refused(self):
        self.payload["items"][0]["count"] = 4
        with self.assertRaises(CheckoutError):
            place_order(self.payload, self.store)

    def test_an_empty_basket_is_refused(self):
        with self.assertRaises(CheckoutError):
            place_order({"items": [], "currency": "EUR"}, self.store)

    def test_the_invoice_names_goods_and_total(self):
        text = invoice(place_order(self.payload, self.store))
        self.assertIn("2 x Desk lamp", text)
        self.assertIn("75.60 EUR", text)


if __name__ == "__main__":
    unittest.main()
