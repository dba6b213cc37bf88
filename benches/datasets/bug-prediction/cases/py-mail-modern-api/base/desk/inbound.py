"""Turns mails to support@ into tickets."""
import email
import email.policy
from dataclasses import dataclass, field
from email.message import Message


@dataclass
class Draft:
    sender: str
    subject: str
    text: str
    attachments: list[str] = field(default_factory=list)


def _decode(part: Message) -> str:
    """A part's text. Unknown character sets happen; the text is mostly readable as UTF-8."""
    payload = part.get_payload(decode=True) or b""
    charset = part.get_content_charset() or "utf-8"
    try:
        return payload.decode(charset, errors="replace")
    except LookupError:
        return payload.decode("utf-8", errors="replace")


def parse(raw: bytes) -> Draft:
    message = email.message_from_bytes(raw)
    draft = Draft(sender=message.get("From", ""), subject=message.get("Subject", "(no subject)"), text="")
    for part in message.walk():
        if part.is_multipart():
            continue
        name = part.get_filename()
        if name:
            draft.attachments.append(name)
        elif part.get_content_type() == "text/plain":
            draft.text += _decode(part)
    return draft
