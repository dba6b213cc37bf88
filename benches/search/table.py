"""Prints recall and mean reciprocal rank of the ranks that `run` collected.

Each argument is a file of JSON lines with `repository`, `kind`, `way`, `near`,
`rank` (from 1; null for a miss) and `ms`, how long the answer took.
"""

import json
import sys
from collections import defaultdict
from statistics import median


def figures(ranks):
    """Recall at 1, 5 and 10 and the mean reciprocal rank, from 0 to 1."""
    recall = [sum(r is not None and r <= n for r in ranks) / len(ranks) for n in (1, 5, 10)]
    return [*recall, sum(1 / r for r in ranks if r) / len(ranks)]


def table(rows, title):
    groups = defaultdict(list)
    for row in rows:
        groups[row["way"]].append(row)
    if not groups:
        return
    count = len(next(iter(groups.values())))
    print(f"\n{title}, {count} questions\n\n| | R@1 | R@5 | R@10 | MRR | median |")
    print("|---|---:|---:|---:|---:|---:|")
    for way, group in groups.items():
        shares = " | ".join(f"{x:.3f}" for x in figures([row["rank"] for row in group]))
        print(f"| {way} | {shares} | {median(row['ms'] for row in group):.0f} ms |")


def main():
    rows = [json.loads(line) for path in sys.argv[1:] for line in open(path, encoding="utf-8")]
    for repository in sorted({row["repository"] for row in rows}):
        own = [row for row in rows if row["repository"] == repository]
        for kind in ("documentation", "commit"):
            table([r for r in own if r["kind"] == kind], f"{repository}, {kind}")
    for kind in ("documentation", "commit"):
        table([r for r in rows if r["kind"] == kind], f"all, {kind}")
    near = [r for r in rows if r["kind"] == "commit" and r["near"]]
    table(near, "all, commit of several files, one of them known")


if __name__ == "__main__":
    main()
