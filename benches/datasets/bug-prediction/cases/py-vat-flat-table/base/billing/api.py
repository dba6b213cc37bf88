"""HTTP interface of the invoice service."""
from decimal import Decimal

from flask import Flask, abort, jsonify, request

from billing.invoice import Invoice, Line
from billing.rates import supported

app = Flask(__name__)


@app.post("/invoices/preview")
def preview():
    """Sums of an invoice that is not stored. The country comes as customers' VAT ids begin."""
    body = request.get_json()
    country = str(body.get("country", "")).upper()
    if not supported(country):
        abort(422, f"we do not sell to {country!r}")
    invoice = Invoice(number="preview", country=country)
    for item in body.get("lines", []):
        invoice.lines.append(Line(item["sku"], item.get("kind", "standard"), Decimal(str(item["net"]))))
    return jsonify(
        net=str(invoice.net),
        vat={str(rate): str(due) for rate, due in invoice.vat().items()},
        gross=str(invoice.gross),
    )
