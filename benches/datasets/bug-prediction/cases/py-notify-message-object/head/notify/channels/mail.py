import smtplib
from email.message import EmailMessage

from notify.channels.base import Channel, Message


class Mail(Channel):
    name = "mail"

    def __init__(self, host: str, sender: str):
        self.host = host
        self.sender = sender

    def deliver(self, recipient: str, message: Message) -> None:
        mail = EmailMessage()
        mail["From"] = self.sender
        mail["To"] = recipient
        mail["Subject"] = message.subject
        mail.set_content(message.body + (f"\n\nRunbook: {message.runbook}" if message.runbook else ""))
        with smtplib.SMTP(self.host, timeout=10) as smtp:
            smtp.send_message(mail)
