"""Runs the engine and llama.cpp in turn on the same files, and prints medians,
spread and ratios. `run` beside this file builds both and calls it.

Runs alternate, ours then the peer's, so that a machine that slows down slows
both. A ratio is of medians; above 1 we are faster. The spread is that of the
runs: (largest - smallest) / median.
"""

import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path

import review

MODELS = {
    "smollm2-135m": "smollm2-135m-q4_1.gguf",
    "qwen2.5-coder-0.5b": "qwen2.5-coder-0.5b-q4_k_m.gguf",
    "qwen2.5-coder-1.5b": "qwen2.5-coder-1.5b-q4_k_m.gguf",
    "qwen3-4b": "qwen3-4b-q4_k_m.gguf",
    "qwen3moe-small": "qwen3moe-small-q4_k_m.gguf",
}
DEFAULT = list(MODELS)[:3]
PREFILL = [512, 2048]
DEPTH = [0, 2048]
DECODE = 128
BATCH = 3
# What issue 3 asks for, by the beginning of a measure's name.
GOALS = {"prefill": 1.5, "decode": 1.0}
BATCH_GOAL = 2.2  # of our own single sequence


def call(command, **options):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, **options)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def ours(args, model):
    command = [args.ours, "measure", model, "--threads", args.threads]
    command += ["--prefill", ",".join(map(str, PREFILL)), "--decode", DECODE]
    command += ["--depth", ",".join(map(str, DEPTH)), "--batch", BATCH]
    return json.loads(call(command))["rates"]


def theirs(args, model):
    """llama-bench's and llama-batched-bench's figures under our names."""
    rates = {}
    tools = args.peer / args.build / "bin"
    bench = [tools / "llama-bench", "-m", model, "-t", args.threads, "-r", 1, "-o", "json"]
    bench += ["-fa", args.flash]
    for row in json.loads(call(bench + ["-p", ",".join(map(str, PREFILL)), "-n", 0])):
        rates[f"prefill {row['n_prompt']}"] = row["avg_ts"]
    depths = ",".join(map(str, DEPTH))
    for row in json.loads(call(bench + ["-p", 0, "-n", DECODE, "-d", depths])):
        rates[f"decode {row['n_gen']} at {row['n_depth']}"] = row["avg_ts"]
    for depth in DEPTH:
        # Sequences that share their prompt, as agents do. It cannot be empty.
        batched = [tools / "llama-batched-bench", "-m", model, "-t", args.threads]
        batched += ["-c", depth + 16 + BATCH * (DECODE + 16), "-npp", max(depth, 1)]
        batched += ["-ntg", DECODE, "-npl", BATCH, "-pps", "-fa", "on" if args.flash == 1 else "off"]
        batched += ["-kvu", "--output-format", "jsonl"]
        (row,) = [json.loads(line) for line in call(batched).splitlines() if line.startswith("{")]
        rates[f"batch {BATCH} at {depth}"] = row["speed_tg"]
    return rates


def spread(values):
    return (max(values) - min(values)) / statistics.median(values)


def compare(args, name):
    model = args.peer / "models" / MODELS[name]
    runs = {"ours": [], "peer": []}
    for n in range(args.runs):
        print(f"{name}: run {n + 1} of {args.runs}", file=sys.stderr)
        runs["ours"].append(ours(args, model))
        if not args.alone:
            runs["peer"].append(theirs(args, model))
    measures = {}
    for measure in runs["ours"][0]:
        row = {}
        for side, rows in runs.items():
            values = [r[measure] for r in rows]
            if values:
                row[side] = statistics.median(values)
                row[f"{side}_spread"] = spread(values)
                row[f"{side}_runs"] = values
        if "peer" in row:
            row["ratio"] = row["ours"] / row["peer"]
        measures[measure] = row
    for depth in DEPTH:
        # How much batching gives: against our own single sequence.
        row = measures[f"batch {BATCH} at {depth}"]
        row["gain"] = row["ours"] / measures[f"decode {DECODE} at {depth}"]["ours"]
    return measures


def load(args, name):
    """Load time against that of reading the file, and memory at its peak."""
    model = args.peer / "models" / MODELS[name]
    found = {}
    for state in ["warm", "cold"]:
        flags = ["--cold"] if state == "cold" else []
        command = [args.ours, "load", model, "--threads", args.threads] + flags
        rows = [json.loads(call(command)) for _ in range(args.runs)]
        found[state] = {
            "read_s": statistics.median(r["read_s"] for r in rows),
            "load_s": statistics.median(r["load_s"] for r in rows),
        }
        found[state]["ratio"] = found[state]["load_s"] / found[state]["read_s"]
        found["peak_mb"] = max(r["peak_mb"] for r in rows)
        found["file_mb"] = rows[0]["file_mb"]
    return found


def table(name, measures):
    print(f"\n{name}, tokens a second\n")
    print("| measure | ours | spread | llama.cpp | spread | ratio | goal |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for measure, row in measures.items():
        cells = [measure, f"{row['ours']:.1f}", f"{row['ours_spread']:.0%}"]
        if "peer" in row:
            cells += [f"{row['peer']:.1f}", f"{row['peer_spread']:.0%}", f"{row['ratio']:.2f}"]
        else:
            cells += ["", "", ""]
        goal = GOALS.get(measure.split()[0])
        if "gain" in row:
            cells[-1] += f" ({row['gain']:.2f} of our single)"
            cells.append(f"{BATCH_GOAL} of our single")
        else:
            cells.append(f"{goal}" if goal else "")
        print("| " + " | ".join(cells) + " |")


def load_table(loads):
    print("\nLoading, seconds (goal: 1.5 of reading the file), and memory\n")
    print("| model | read warm | load warm | ratio | read cold | load cold | ratio | file MB | peak MB |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|---:|")
    for name, found in loads.items():
        cells = [name]
        for state in ["warm", "cold"]:
            row = found[state]
            cells += [f"{row['read_s']:.2f}", f"{row['load_s']:.2f}", f"{row['ratio']:.2f}"]
        cells += [str(found["file_mb"]), str(found["peak_mb"])]
        print("| " + " | ".join(cells) + " |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--ours", required=True, help="the bench binary")
    parser.add_argument("--peer", required=True, type=Path, help="where llama.cpp was built")
    parser.add_argument("--build", default="build", help="which of its builds")
    parser.add_argument("--flash", default=1, type=int, help="1: llama.cpp with flash attention")
    parser.add_argument("--models", default=",".join(DEFAULT))
    parser.add_argument("--runs", default=3, type=int)
    parser.add_argument("--threads", default=2, type=int)
    parser.add_argument("--parts", default="rates,load,review")
    parser.add_argument("--server", nargs="*", help="other settings for llama-server")
    parser.add_argument("--alone", action="store_true", help="leave llama.cpp out")
    parser.add_argument("--json", type=Path, help="also write everything to this file")
    args = parser.parse_args()
    parts = args.parts.split(",")
    names = args.models.split(",")
    result = {"runs": args.runs, "threads": args.threads, "models": {}}
    if "rates" in parts:
        for name in names:
            result["models"][name] = compare(args, name)
            table(name, result["models"][name])
    if "load" in parts:
        result["load"] = {name: load(args, name) for name in names}
        load_table(result["load"])
    if "review" in parts:
        result["review"] = {}
        for name in names:
            model = args.peer / "models" / MODELS[name]
            result["review"][name] = review.compare(args, model)
        review.table(result["review"])
    if args.json:
        args.json.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
