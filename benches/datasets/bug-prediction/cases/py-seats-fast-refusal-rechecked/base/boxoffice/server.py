"""The box office over HTTP; one thread per connection."""
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from boxoffice.seats import Seats, Show, SoldOut

SEATS = Seats([Show("hamlet-2026-06-01", 420), Show("faust-2026-06-02", 380)])


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        """`POST /hold` with `{"show": ..., "customer": ..., "count": ...}`"""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        try:
            free = SEATS.hold(body["show"], body["customer"], int(body["count"]))
        except KeyError:
            return self.answer(404, {"error": "no such show"})
        except SoldOut:
            return self.answer(409, {"error": "sold out"})
        self.answer(200, {"free": free})

    def answer(self, status: int, body: dict) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


if __name__ == "__main__":
    ThreadingHTTPServer(("", 8080), Handler).serve_forever()
