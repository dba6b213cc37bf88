"""A small cache with expiry, in memory, for one process."""
import time
from typing import Callable


class Cache:
    def __init__(self, ttl: float, clock: Callable[[], float] = time.monotonic):
        self.ttl = ttl
        self.clock = clock
        self._entries: dict[str, tuple[float, dict]] = {}

    def get(self, key: str, load: Callable[[str], dict]) -> dict:
        """The value of `key`; `load` is called when there is none or it is too old."""
        entry = self._entries.get(key)
        if entry is not None and self.clock() - entry[0] < self.ttl:
            return entry[1]
        value = load(key)
        self._entries[key] = (self.clock(), value)
        return value

    def drop(self, key: str) -> None:
        self._entries.pop(key, None)
