"""Rolls the counters of sensors up to rates."""
