"""Print labels of all packed orders."""
from __future__ import annotations

from pathlib import Path

from labels.client import LabelClient, LabelError
from labels.settings import label_settings


def print_orders(orders: list[dict], folder: Path) -> list[str]:
    """Returns the numbers of orders whose label failed."""
    client = LabelClient(**label_settings())
    failed = []
    for order in orders:
        try:
            label_id = client.create(order)
            (folder / f"{order['number']}.pdf").write_bytes(client.pdf(label_id))
        except LabelError:
            failed.append(order["number"])
    return failed
