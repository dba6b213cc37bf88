"""`python -m chunks.verify FILE`: prints the parts of a file."""
import sys
from pathlib import Path

from chunks.split import parts


def main(name: str) -> None:
    found = parts(Path(name))
    for number, (offset, length, digest) in enumerate(found, 1):
        print(f"{number:>4}/{len(found)}  {offset:>12} +{length:<10} {digest}")
    if found:
        end = found[-1].offset + found[-1].length
        print(f"{end} bytes")


if __name__ == "__main__":
    main(sys.argv[1])
