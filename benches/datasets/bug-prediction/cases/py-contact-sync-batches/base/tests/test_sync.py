from crm.store import Contacts
from crm.sync import sync


class Pages:
    def __init__(self, *pages):
        self.pages = pages

    def contacts(self, cursor):
        at = int(cursor or 0)
        return {"items": self.pages[at], "next": str(at + 1) if at + 1 < len(self.pages) else None}


def test_all_pages_are_copied():
    store = Contacts(":memory:")
    pages = Pages([{"id": "1", "mail": "a@shop.example"}], [{"id": "2", "mail": "b@shop.example"}])
    assert sync(pages, store) == 2
    assert store.count() == 2
