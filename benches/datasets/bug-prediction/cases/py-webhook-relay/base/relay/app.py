"""The web application that the repository host calls."""

import hmac

from flask import Flask, abort, request

from .render import message

app = Flask(__name__)
FIELDS = ("action", "title", "url")


def valid_signature(body, signature):
    expected = hmac.new(app.config["SECRET"], body, "sha256").hexdigest()
    return hmac.compare_digest(expected, signature or "")


@app.post("/hooks/<room>")
def hook(room):
    if not valid_signature(request.get_data(), request.headers.get("X-Signature")):
        abort(403)
    event = request.get_json()
    if any(field not in event for field in FIELDS):
        abort(422)
    app.extensions["chat"].post(room, message(event))
    return "", 204
