"""Merges layers of configuration."""
