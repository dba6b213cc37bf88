"""Client of the label printing service."""
from __future__ import annotations

import requests


class LabelError(Exception):
    pass


class LabelClient:
    """Talks to one account of the service.

    base: address with the version, such as https://labels.example/api/v2
    """

    def __init__(self, base: str, token: str, session: requests.Session | None = None) -> None:
        self._base = base.rstrip("/")
        self._session = session or requests.Session()
        self._session.headers["Authorization"] = f"Bearer {token}"

    def create(self, order: dict) -> str:
        """Orders a label and returns its id."""
        answer = self._session.post(self._url("labels"), json=order, timeout=20)
        if answer.status_code != 201:
            raise LabelError(answer.text)
        return answer.json()["id"]

    def pdf(self, label_id: str) -> bytes:
        answer = self._session.get(self._url(f"labels/{label_id}/pdf"), timeout=60)
        if answer.status_code != 200:
            raise LabelError(answer.text)
        return answer.content

    def _url(self, path: str) -> str:
        return f"{self._base}/{path}"
