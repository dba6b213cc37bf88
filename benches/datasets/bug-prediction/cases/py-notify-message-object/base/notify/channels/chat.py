import json
import urllib.request

from notify.channels.base import Channel


class Chat(Channel):
    name = "chat"

    def __init__(self, hook: str):
        self.hook = hook

    def deliver(self, recipient: str, subject: str, body: str) -> None:
        data = json.dumps({"channel": recipient, "text": f"*{subject}*\n{body}"}).encode()
        urllib.request.urlopen(self.hook, data=data, timeout=10).close()
