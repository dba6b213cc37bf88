"""Reads layers: YAML files of sections."""

import json
import os

import yaml


def _kept(path, kept):
    """The document that was kept of a layer, or None if it is stale or missing."""
    try:
        if os.path.getmtime(kept) <= os.path.getmtime(path):
            return None
        with open(kept, encoding="utf-8") as stream:
            return json.load(stream)
    except (FileNotFoundError, ValueError):
        return None


def _keep(document, kept):
    try:
        text = json.dumps(document)
    except TypeError:
        return
    fresh = f"{kept}.{os.getpid()}"
    with open(fresh, "w", encoding="utf-8") as stream:
        stream.write(text)
    os.replace(fresh, kept)


def load_layer(path, cache=True):
    """The sections of a layer; an empty section is an empty mapping."""
    kept = f"{path}.json"
    if cache:
        document = _kept(path, kept)
        if document is not None:
            return document
    with open(path, encoding="utf-8") as stream:
        document = yaml.safe_load(stream) or {}
    if cache:
        _keep(document, kept)
    return {name: section or {} for name, section in document.items()}
