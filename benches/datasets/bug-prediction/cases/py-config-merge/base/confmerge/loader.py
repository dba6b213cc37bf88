"""Reads layers: YAML files of sections."""

import yaml


def load_layer(path):
    """The sections of a layer; an empty section is an empty mapping."""
    with open(path, encoding="utf-8") as stream:
        document = yaml.safe_load(stream) or {}
    return {name: section or {} for name, section in document.items()}
