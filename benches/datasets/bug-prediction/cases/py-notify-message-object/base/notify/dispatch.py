"""Sends each alert over the channels that its severity asks for."""
import logging
from importlib import import_module

log = logging.getLogger(__name__)

CHANNELS = {
    "mail": "notify.channels.mail:Mail",
    "chat": "notify.channels.chat:Chat",
    "pager": "notify.channels.pager:Pager",
}
BY_SEVERITY = {"info": ["chat"], "warning": ["chat", "mail"], "critical": ["pager", "mail", "chat"]}


def channel(name: str, settings: dict):
    module, _, cls = CHANNELS[name].partition(":")
    return getattr(import_module(module), cls)(**settings.get(name, {}))


def dispatch(alert: dict, recipients: dict[str, str], settings: dict) -> list[str]:
    """Sends `alert`; returns the channels that took it."""
    reached = []
    for name in BY_SEVERITY[alert["severity"]]:
        if name not in recipients:
            continue
        try:
            channel(name, settings).deliver(recipients[name], alert["title"], alert["text"])
            reached.append(name)
        except OSError:
            log.exception("%s did not take the alert", name)
    return reached
