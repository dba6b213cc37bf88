"""Seats of one show. Shared by all threads of the server."""
import threading
from dataclasses import dataclass, field


class SoldOut(Exception):
    pass


@dataclass
class Show:
    id: str
    free: int
    holds: dict[str, int] = field(default_factory=dict)


class Seats:
    def __init__(self, shows: list[Show]):
        self._shows = {show.id: show for show in shows}
        self._lock = threading.Lock()
        self.refused = {show.id: 0 for show in shows}

    def hold(self, show_id: str, customer: str, count: int) -> int:
        """Takes `count` seats for `customer`; returns how many are free then."""
        show = self._shows[show_id]
        if show.free < count:  # most requests for a popular show end here
            self.refused[show_id] += 1
            raise SoldOut(show_id)
        with self._lock:
            show.free -= count
            show.holds[customer] = show.holds.get(customer, 0) + count
            return show.free

    def refusals(self) -> dict[str, int]:
        """How many requests found a show sold out, roughly; for the dashboard."""
        return dict(self.refused)

    def release(self, show_id: str, customer: str) -> None:
        with self._lock:
            show = self._shows[show_id]
            show.free += show.holds.pop(customer, 0)
