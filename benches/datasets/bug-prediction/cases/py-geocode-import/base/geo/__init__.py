"""Puts imported places into regions."""
