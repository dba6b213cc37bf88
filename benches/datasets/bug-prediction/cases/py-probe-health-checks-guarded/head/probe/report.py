"""Figures for the dashboard, once every ten seconds."""
from probe.window import Window


HEALTH_PATHS = frozenset({"/healthz", "/readyz"})


def summary(window: Window) -> dict:
    """Latency in seconds and error share of real requests; None where there was no traffic."""
    samples = window.samples()
    real = [sample for sample in samples if sample.path not in HEALTH_PATHS]
    if not real:
        return {"requests": 0, "health": len(samples), "mean": None, "p95": None, "errors": None}
    seconds = sorted(sample.seconds for sample in real)
    failed = sum(sample.status >= 500 for sample in real)
    return {
        "requests": len(real),
        "health": len(samples) - len(real),
        "mean": sum(seconds) / len(seconds),
        "p95": seconds[int(len(seconds) * 0.95)],
        "errors": failed / len(real),
    }
