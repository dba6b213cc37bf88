"""Settings of snapkeep, from a TOML file."""
import tomllib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Config:
    target: Path
    keep_days: int = 30
    compress: bool = True


def load(path: Path) -> Config:
    with path.open("rb") as file:
        raw = tomllib.load(file)
    return Config(Path(raw["target"]), raw.get("keep_days", 30), raw.get("compress", True))
