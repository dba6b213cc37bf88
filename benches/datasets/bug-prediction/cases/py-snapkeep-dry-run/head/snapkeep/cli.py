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
    pruning.add_argument("--keep-last", type=int, default=1, metavar="N", help="keep the newest N whatever their age")
    pruning.add_argument("--dry-run", action="store_true", help="only list what would go")
    return args


def main(argv: list[str] | None = None) -> int:
    args = parser().parse_args(argv)
    settings = config.load(args.config)
    keep_days = args.keep_days or settings.keep_days
    for path in prune.old(settings.target, keep_days, args.keep_last, datetime.now()):
        if args.dry_run:
            print(f"would remove {path}")
            continue
        path.unlink()
        print(f"removed {path}")
    return 0
