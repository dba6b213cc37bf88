"""WSGI middleware that measures each request."""
import time

from probe.window import Window


class Probe:
    def __init__(self, app, window: Window):
        self.app = app
        self.window = window

    def __call__(self, environ, start_response):
        began = time.perf_counter()
        status_code = 500

        def started(status, headers, exc_info=None):
            nonlocal status_code
            status_code = int(status.split(" ", 1)[0])
            return start_response(status, headers, exc_info)

        try:
            return self.app(environ, started)
        finally:
            self.window.add(environ.get("PATH_INFO", "/"), status_code, time.perf_counter() - began)
