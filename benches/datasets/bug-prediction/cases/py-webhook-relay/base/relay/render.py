"""Events as chat messages."""

COLOURS = {"opened": "green", "closed": "red", "merged": "purple"}


def author(event):
    """Name of whoever caused the event; scheduled ones have no sender."""
    sender = event.get("sender")
    return sender["name"] if sender else "system"


def message(event):
    """The message for an event, as the chat's API takes it."""
    return {
        "text": f"{author(event)} {event['action']} {event['title']}",
        "colour": COLOURS.get(event["action"], "grey"),
        "link": event["url"],
    }
