"""Prints the lines of `risk measure` as a table, with means at the end."""

import json
import sys

HEAD = "| repository | level | tested | faulty | AUC | size | prior alone | own alone | recall by line | small first | by score | random | Brier | rate |"


def cells(row):
    risk = row["risk"]
    rate = row["faulty"] / max(row["test"], 1)
    return [
        risk["auc"], row["size"]["auc"], row["prior_alone"]["auc"], row["own_alone"]["auc"],
        risk["recall"], row["small_first"]["recall"], risk["recall_plain"],
        row["random"]["recall"], risk["brier"], rate,
    ]


def line(name, level, tested, faulty, values):
    numbers = " | ".join(f"{v:.3f}" for v in values)
    return f"| {name} | {level} | {tested} | {faulty} | {numbers} |"


rows = [json.loads(text) for text in sys.stdin]
print(HEAD)
print("|---" * (HEAD.count("|") - 1) + "|")
for level in ("change", "file"):
    of_level = [row for row in rows if row["level"] == level]
    for row in of_level:
        print(line(row["repository"], level, row["test"], row["faulty"], cells(row)))
    columns = zip(*(cells(row) for row in of_level))
    means = [sum(column) / len(of_level) for column in columns]
    print(line("**mean**", level, sum(r["test"] for r in of_level),
               sum(r["faulty"] for r in of_level), means))
