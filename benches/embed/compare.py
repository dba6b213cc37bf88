"""Runs our embedder and ONNX Runtime in turn and prints medians and ratios.

`run` beside this file calls it; all sides stay loaded, and each round asks them
one after the other, so that a machine that gets slower does so for all.
"""

import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
FORMS = ["single", "int8"]


class Side:
    """A process that computes all texts whenever it is asked to."""

    def __init__(self, name, command):
        self.name = name
        self.seconds = []
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"{self.name} ended with status {self.process.wait()}")
        return line.split()

    def run(self):
        self.process.stdin.write("run\n")
        self.process.stdin.flush()
        self.seconds.append(float(self.answer()[0]))

    def stop(self):
        self.process.stdin.close()
        self.process.wait()


def cosines(a, b):
    a, b = (np.array(json.loads(path.read_text())) for path in (a, b))
    return (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)


def main():
    parser = argparse.ArgumentParser(prog="benches/embed/run", description=__doc__.split("\n")[0])
    parser.add_argument("--ours", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--peer", required=True, type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--texts", type=int, default=512)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--forms", nargs="+", choices=FORMS, default=FORMS)
    parser.add_argument("--json", type=Path, help="also write all figures there")
    options = parser.parse_args()

    folder, python = options.peer, sys.executable
    model = folder / "models" / "all-minilm-l6-v2"
    texts, threads = folder / "texts.json", str(options.threads)
    # Our side fetches the model that the other steps read.
    nothing = folder / "nothing.json"
    nothing.write_text("[]")
    subprocess.run([options.ours, folder, nothing], check=True, stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL)
    subprocess.run([python, HERE / "texts.py", model, str(options.texts), texts], check=True)

    sides = []
    for form in options.forms:
        for name, command in [("ours", [options.ours, folder]),
                              ("onnxruntime", [python, HERE / "peer.py", model])]:
            out = folder / f"{name}-{form}.json"
            sides.append(Side(f"{name} {form}", [*command, texts, threads, form, out]))
            sides[-1].answer()
    for _ in range(options.runs):
        for side in sides:
            side.run()
    for side in sides:
        side.stop()

    figures = {}
    print(f"\n{'':20} {'texts/s':>8} {'spread':>14} {f'cosine to onnxruntime {options.forms[0]}':>30}")
    for side in sides:
        rates = sorted(options.texts / s for s in side.seconds)
        alike = cosines(folder / f"{side.name.replace(' ', '-')}.json",
                        folder / f"onnxruntime-{options.forms[0]}.json")
        figures[side.name] = {"median": statistics.median(rates), "rates": rates,
                              "cosine_min": alike.min(), "cosine_mean": alike.mean()}
        print(f"{side.name:20} {statistics.median(rates):8.1f} {rates[0]:6.1f}-{rates[-1]:<7.1f}"
              f" {f'least {alike.min():.6f}, mean {alike.mean():.6f}':>30}")
    for form in options.forms:
        ours, peer = (next(s for s in sides if s.name == f"{name} {form}").seconds
                      for name in ("ours", "onnxruntime"))
        ratios = sorted(p / o for o, p in zip(ours, peer))
        figures[f"ratio {form}"] = ratios
        print(f"ours to onnxruntime, {form}: {statistics.median(ratios):.2f}"
              f" ({ratios[0]:.2f}-{ratios[-1]:.2f})")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
