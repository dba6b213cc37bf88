"""What every channel can do."""
from abc import ABC, abstractmethod


class Channel(ABC):
    name: str

    @abstractmethod
    def deliver(self, recipient: str, subject: str, body: str) -> None:
        """Hands a message over; raises OSError if that failed."""
