"""The back end of the corner shop."""
