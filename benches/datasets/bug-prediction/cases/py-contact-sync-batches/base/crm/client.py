"""The CRM's HTTP interface. Lists come in pages, deleted entries are filtered by the server."""
import json
import urllib.parse
import urllib.request


class Client:
    def __init__(self, base: str, key: str, page: int = 200):
        self.base = base
        self.key = key
        self.page = page

    def contacts(self, cursor: str | None) -> dict:
        """A page: `{"items": [...], "next": cursor or None}`.

        The server cuts pages before it filters, so a page may be short or
        empty while more follow.
        """
        query = {"limit": self.page}
        if cursor:
            query["cursor"] = cursor
        url = f"{self.base}/contacts?{urllib.parse.urlencode(query)}"
        request = urllib.request.Request(url, headers={"X-Key": self.key})
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)
