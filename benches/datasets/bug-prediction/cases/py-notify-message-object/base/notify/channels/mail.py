import smtplib
from email.message import EmailMessage

from notify.channels.base import Channel


class Mail(Channel):
    name = "mail"

    def __init__(self, host: str, sender: str):
        self.host = host
        self.sender = sender

    def deliver(self, recipient: str, subject: str, body: str) -> None:
        message = EmailMessage()
        message["From"] = self.sender
        message["To"] = recipient
        message["Subject"] = subject
        message.set_content(body)
        with smtplib.SMTP(self.host, timeout=10) as smtp:
            smtp.send_message(message)
