"""Settings from the environment."""
import os


def label_settings() -> dict:
    return {
        "base": os.environ.get("LABEL_API", "https://labels.example/api/v2"),
        "token": os.environ["LABEL_TOKEN"],
    }
