"""Relays events of the repository host to chat rooms."""
