"""Turns mails to support@ into tickets."""
import email
import email.policy
import re
from dataclasses import dataclass, field
from email.message import EmailMessage

TAG = re.compile(r"<[^>]*>")


@dataclass
class Draft:
    sender: str
    subject: str
    text: str
    attachments: list[str] = field(default_factory=list)


def _content(part: EmailMessage) -> str:
    """A part's text. Unknown character sets happen; the text is mostly readable as UTF-8."""
    try:
        return part.get_content()
    except LookupError:
        return (part.get_payload(decode=True) or b"").decode("utf-8", errors="replace")


def parse(raw: bytes) -> Draft:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    draft = Draft(sender=message.get("From", ""), subject=message.get("Subject", "(no subject)"), text="")
    draft.attachments = [part.get_filename() or "unnamed" for part in message.iter_attachments()]
    body = message.get_body(preferencelist=("plain", "html"))
    if body is None:
        return draft
    draft.text = _content(body)
    if body.get_content_subtype() == "html":
        draft.text = TAG.sub("", draft.text)
    return draft
