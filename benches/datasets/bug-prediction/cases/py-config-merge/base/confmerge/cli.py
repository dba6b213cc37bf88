"""confmerge FILE...: prints the merged configuration as JSON."""

import argparse
import json
import sys

from .loader import load_layer
from .merge import merge


def main(argv=None):
    parser = argparse.ArgumentParser(prog="confmerge")
    parser.add_argument("files", nargs="+")
    args = parser.parse_args(argv)
    layers = [load_layer(path) for path in args.files]
    json.dump(merge(layers), sys.stdout, indent=2, sort_keys=True, default=str)
    return 0


if __name__ == "__main__":
    sys.exit(main())
