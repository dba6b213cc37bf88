"""Prices and delivery costs."""

import unittest
from decimal import Decimal

from shop.pricing import discounted, shipping_cost, zone_of


class PricingTest(unittest.TestCase):
    def test_zones(self):
        self.assertEqual(zone_of("AT"), "domestic")
        self.assertEqual(zone_of("FR"), "europe")
        self.assertEqual(zone_of("NZ"), "world")

    def test_discount_stays_between_nothing_and_everything(self):
        price = Decimal("20.00")
        self.assertEqual(discounted(price, 0), price)
        self.assertEqual(discounted(price, 25), Decimal("15.00"))
        self.assertEqual(discounted(price, 100), Decimal("0"))

    def test_the_first_kilogram_has_its_own_price(self):
        self.assertEqual(shipping_cost(Decimal("0.4"), "AT", "standard"), Decimal("4.90"))
        self.assertEqual(shipping_cost(Decimal("3"), "AT", "standard"), Decimal("6.50"))

    def test_the_world_is_dearer(self):
        self.assertEqual(shipping_cost(Decimal("2"), "NZ", "standard"), Decimal("26.40"))

    def test_express_costs_more(self):
        self.assertEqual(shipping_cost(Decimal("1"), "AT", "express"), Decimal("12.25"))


if __name__ == "__main__":
    unittest.main()
