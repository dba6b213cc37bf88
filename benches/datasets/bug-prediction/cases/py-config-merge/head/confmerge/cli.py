"""confmerge FILE...: prints the merged configuration as JSON."""

import argparse
import json
import sys

from .loader import load_layer
from .merge import merge


def main(argv=None):
    parser = argparse.ArgumentParser(prog="confmerge")
    parser.add_argument("files", nargs="+")
    parser.add_argument("--no-cache", action="store_true", help="parse every layer anew")
    args = parser.parse_args(argv)
    layers = [load_layer(path, cache=not args.no_cache) for path in args.files]
    json.dump(merge(layers), sys.stdout, indent=2, sort_keys=True, default=str)
    return 0


if __name__ == "__main__":
    sys.exit(main())
