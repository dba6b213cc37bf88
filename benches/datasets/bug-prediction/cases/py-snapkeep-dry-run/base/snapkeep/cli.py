"""`snapkeep CONFIG prune [--keep-days N]`"""
import argparse
from datetime import datetime
from pathlib import Path

from snapkeep import config, prune


def parser() -> argparse.ArgumentParser:
    args = argparse.ArgumentParser(prog="snapkeep")
    args.add_argument("config", type=Path)
    commands = args.add_subparsers(dest="command", required=True)
    pruning = commands.add_parser("prune", help="remove old snapshots")
    pruning.add_argument("--keep-days", type=int, help="0 keeps all; without it the file's value counts")
    return args


def main(argv: list[str] | None = None) -> int:
    args = parser().parse_args(argv)
    settings = config.load(args.config)
    keep = settings.keep_days if args.keep_days is None else args.keep_days
    for path in prune.old(settings.target, keep, datetime.now()):
        path.unlink()
        print(f"removed {path}")
    return 0
