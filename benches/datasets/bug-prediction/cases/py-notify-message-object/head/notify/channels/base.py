"""What every channel can do."""
from abc import ABC, abstractmethod
from dataclasses import dataclass


@dataclass(frozen=True)
class Message:
    subject: str
    body: str
    runbook: str | None = None


class Channel(ABC):
    name: str

    @abstractmethod
    def deliver(self, recipient: str, message: Message) -> None:
        """Hands a message over; raises OSError if that failed."""
