"""Sends the figures to the dashboard."""
import json
import threading
import urllib.request

from probe.report import summary
from probe.window import Window

URL = "https://dashboard.example/ingest"


def push_forever(window: Window, service: str, stop: threading.Event) -> None:
    """Runs in a thread of its own; network errors are tried again with the next figures."""
    while not stop.wait(10):
        body = json.dumps({"service": service, **summary(window)}).encode()
        try:
            urllib.request.urlopen(URL, data=body, timeout=5).close()
        except OSError:
            continue
