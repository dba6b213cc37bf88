"""Figures for the dashboard, once every ten seconds."""
from probe.window import Window


def summary(window: Window) -> dict:
    """Latency in seconds and error share of the window; None where there was no traffic."""
    samples = window.samples()
    if not samples:
        return {"requests": 0, "mean": None, "p95": None, "errors": None}
    seconds = sorted(sample.seconds for sample in samples)
    failed = sum(sample.status >= 500 for sample in samples)
    return {
        "requests": len(samples),
        "mean": sum(seconds) / len(seconds),
        "p95": seconds[int(len(seconds) * 0.95)],
        "errors": failed / len(samples),
    }
