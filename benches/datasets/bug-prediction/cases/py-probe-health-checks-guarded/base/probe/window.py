"""The last minutes of requests, kept in memory."""
import time
from collections import deque
from dataclasses import dataclass


@dataclass(frozen=True)
class Sample:
    at: float
    path: str
    status: int
    seconds: float


class Window:
    def __init__(self, span: float = 300.0, clock=time.time):
        self.span = span
        self.clock = clock
        self._samples: deque[Sample] = deque(maxlen=100_000)

    def add(self, path: str, status: int, seconds: float) -> None:
        self._samples.append(Sample(self.clock(), path, status, seconds))

    def samples(self) -> list[Sample]:
        """Those of the span, oldest first."""
        start = self.clock() - self.span
        return [sample for sample in list(self._samples) if sample.at >= start]
