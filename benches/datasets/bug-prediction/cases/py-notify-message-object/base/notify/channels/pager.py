import subprocess

from notify.channels.base import Channel

LONGEST = 160


class Pager(Channel):
    """The duty officer's pager, by the modem in the basement."""

    name = "pager"

    def __init__(self, device: str = "/dev/ttyS0"):
        self.device = device

    def deliver(self, recipient: str, subject: str, body: str) -> None:
        text = f"{subject}: {body}"[:LONGEST]
        done = subprocess.run(["page", "-d", self.device, recipient], input=text, text=True, timeout=30)
        if done.returncode != 0:
            raise OSError(f"page exited with {done.returncode}")
