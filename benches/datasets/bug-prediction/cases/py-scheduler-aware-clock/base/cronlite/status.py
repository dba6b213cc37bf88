"""`python -m cronlite.status FILE`: what runs when."""
import sys

from cronlite import clock
from cronlite.store import Store


def main(path: str) -> None:
    store = Store(path)
    print(f"now {clock.now():%Y-%m-%d %H:%M:%S} UTC")
    for job in store.jobs():
        print(f"{job.next_run:%Y-%m-%d %H:%M:%S}  every {job.every_s:>6} s  {job.name}")


if __name__ == "__main__":
    main(sys.argv[1])
