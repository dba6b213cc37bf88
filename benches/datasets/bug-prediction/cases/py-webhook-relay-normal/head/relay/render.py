"""Events as chat messages."""

DEFAULT_ICON = "https://static.example/icons/repository.png"
COLOURS = {"opened": "green", "closed": "red", "merged": "purple"}


SYSTEM = {"name": "system"}


def normal(event):
    """The event with what scheduled ones leave out: they have no sender."""
    return {**event, "sender": event.get("sender") or SYSTEM}


def author(event):
    """Name of whoever caused the event."""
    return event["sender"]["name"]


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
