"""Events as chat messages."""

COLOURS = {"opened": "green", "closed": "red", "merged": "purple"}


SYSTEM = {"name": "system"}


def normal(event):
    """The event with what scheduled ones leave out: they have no sender."""
    return {**event, "sender": event.get("sender") or SYSTEM}


def author(event):
    """Name of whoever caused the event."""
    return event["sender"]["name"]


def message(event):
    """The message for an event, as the chat's API takes it."""
    return {
        "text": f"{author(event)} {event['action']} {event['title']}",
        "colour": COLOURS.get(event["action"], "grey"),
        "link": event["url"],
    }
