"""Client of the postal service's register."""
import requests


class PostalClient:
    """Answers take up to two seconds. Safe to use from several threads."""

    def __init__(self, base: str):
        self._base = base

    def deliverable(self, postcode: str, street: str) -> bool:
        answer = requests.get(
            f"{self._base}/v2/deliverable",
            params={"postcode": postcode, "street": street},
            timeout=5,
        )
        answer.raise_for_status()
        return answer.json()["deliverable"]
