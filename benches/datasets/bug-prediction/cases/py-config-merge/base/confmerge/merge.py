"""Merging of layers."""


def merge(layers):
    """One configuration of many layers; a later layer wins."""
    merged = {}
    for layer in layers:
        for name, section in layer.items():
            target = merged.setdefault(name, {})
            for key, value in section.items():
                if value is None:
                    target.pop(key, None)
                else:
                    target[key] = value
    return merged
