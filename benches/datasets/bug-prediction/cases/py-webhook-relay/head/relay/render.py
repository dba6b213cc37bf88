"""Events as chat messages."""

DEFAULT_ICON = "https://static.example/icons/repository.png"
COLOURS = {"opened": "green", "closed": "red", "merged": "purple"}


def author(event):
    """Name of whoever caused the event; scheduled ones have no sender."""
    sender = event.get("sender")
    return sender["name"] if sender else "system"


def thread_key(event):
    """What belongs to one pull request stands in one thread."""
    number = event.get("number")
    return f"pr-{number}" if number is not None else None


def message(event):
    """The message for an event, as the chat's API takes it."""
    icon = event["sender"].get("avatar_url") or DEFAULT_ICON
    return {
        "icon": icon,
        "text": f"{author(event)} {event['action']} {event['title']}",
        "colour": COLOURS.get(event["action"], "grey"),
        "link": event["url"],
        "thread": thread_key(event),
    }
