import json
import urllib.request

from notify.channels.base import Channel, Message


class Chat(Channel):
    name = "chat"

    def __init__(self, hook: str):
        self.hook = hook

    def deliver(self, recipient: str, message: Message) -> None:
        text = f"*{message.subject}*\n{message.body}"
        if message.runbook:
            text += f"\n<{message.runbook}|Runbook>"
        data = json.dumps({"channel": recipient, "text": text}).encode()
        urllib.request.urlopen(self.hook, data=data, timeout=10).close()
