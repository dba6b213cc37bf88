"""Uploads a file in parts and resumes where it stopped."""
from pathlib import Path
from typing import Protocol

from chunks.split import parts


class Server(Protocol):
    def has(self, digest: str) -> bool: ...

    def put(self, digest: str, data: bytes) -> None: ...

    def join(self, name: str, digests: list[str]) -> None: ...


def upload(path: Path, server: Server) -> int:
    """Sends the parts that the server lacks; returns the bytes sent."""
    sent = 0
    found = parts(path)
    with path.open("rb") as file:
        for part in found:
            if server.has(part.digest):
                continue
            file.seek(part.offset)
            server.put(part.digest, file.read(part.length))
            sent += part.length
    server.join(path.name, [part.digest for part in found])
    return sent
