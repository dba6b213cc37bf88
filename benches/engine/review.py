"""Replays a recorded review through `llama-server` and through the engine.

Both compute the same prompts, in the same stages, agents of a stage beside each
other, and write as many tokens as the recorded review did. Twice:

- free: no grammar. The server is told to ignore ends (`ignore_eos`) and to write
  so many tokens (`n_predict`); we write the recorded text.
- grammar: we enforce the recorded grammars. The server gets the JSON schemas in
  them; it knows no free text before them and may end sooner, so its tokens are
  counted and reported.

The server is at its best here: a slot for each agent, one cache for all slots,
prompts kept in memory and found again, continuous batching, greedy sampling,
and prompts sent as tokens in which its own earlier replies stand, so that it
never computes again what it wrote. Each run starts a new one; its loading is not
counted, nor is ours.
"""

import http.client
import json
import socket
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

RECORDING = Path(__file__).parent / "review.json"
GOAL = 2.0
# Tried on the recorded review: see README.
SERVER = ["--parallel", "3", "--kv-unified", "--cache-ram", "4096", "--flash-attn", "on"]
# The prompts of all agents at once, with what they write.
CONTEXT = 24_576


class Server:
    def __init__(self, args, model, log):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        command = [args.peer / args.build / "bin/llama-server", "-m", model]
        command += ["--host", "127.0.0.1", "--port", self.port, "-c", CONTEXT]
        command += ["-t", args.threads, "-tb", args.threads, *(args.server or SERVER)]
        self.process = subprocess.Popen([str(c) for c in command], stdout=log, stderr=log)
        for _ in range(600):
            if self.process.poll() is not None:
                sys.exit(f"llama-server ended with {self.process.returncode}; see {log.name}")
            try:
                if self.call("GET", "/health")["status"] == "ok":
                    return
            except (OSError, KeyError):
                pass
            time.sleep(0.2)
        sys.exit("llama-server does not answer")

    def call(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=3600)
        body = None if body is None else json.dumps(body)
        connection.request(method, path, body, {"Content-Type": "application/json"})
        answer = json.loads(connection.getresponse().read())
        connection.close()
        if "error" in answer and path != "/health":
            raise RuntimeError(f"llama-server on {path}: {answer['error']}")
        return answer

    def tokens(self, text):
        body = {"content": text, "add_special": False, "parse_special": True}
        return self.call("POST", "/tokenize", body)["tokens"]

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Prompts:
    """Prompts as tokens; made before the clock runs, but for the replies."""

    def __init__(self, server, recording):
        self.texts = recording["texts"]
        self.server = server
        self.known = {}
        for stage in recording["stages"]:
            for agent in stage:
                for request in agent:
                    self.parts(request, {})

    def tokens(self, text):
        if text not in self.known:
            self.known[text] = self.server.tokens(text)
        return self.known[text]

    def parts(self, request, replies):
        """ChatML, which all these models speak. `replies`: what the server
        itself wrote, by the text that the recorded model wrote in its place."""
        prompt = []
        for role, number in request["messages"]:
            text = self.texts[number]
            if role == "assistant" and text in replies:
                prompt += self.tokens("<|im_start|>assistant\n") + replies[text]
                prompt += self.tokens("<|im_end|>\n")
            else:
                prompt += self.tokens(f"<|im_start|>{role}\n{text}<|im_end|>\n")
        return prompt + self.tokens("<|im_start|>assistant\n" + request["prefix"])


def schema(grammar):
    """The JSON schema in a recorded grammar, without llguidance's own words."""
    if "json" in grammar:
        return clean(grammar["json"])
    if "choice" in grammar:
        return {"enum": grammar["choice"]}
    rows = [row.split("%json ", 1) for row in grammar["lark"].splitlines()]
    return {"anyOf": [clean(json.loads(row[1])) for row in rows if len(row) == 2]}


def clean(value):
    if isinstance(value, dict):
        return {k: clean(v) for k, v in value.items() if k != "x-guidance"}
    return [clean(v) for v in value] if isinstance(value, list) else value


def run_agent(server, prompts, agent, grammar):
    replies, sums = {}, {"prompt": 0, "cached": 0, "written": 0}
    for request in agent:
        body = {
            "prompt": prompts.parts(request, replies),
            "cache_prompt": True,
            "return_tokens": True,
            "samplers": ["top_k"],
            "top_k": 1,
            "n_predict": 1,
        }
        kind = request["kind"]
        complete = kind.get("complete")
        if complete:
            body["n_predict"] = len(prompts.tokens(complete["output"]))
            if grammar and complete["grammar"]:
                body["json_schema"] = schema(complete["grammar"])
            else:
                body["ignore_eos"] = True
        answer = server.call("POST", "/completion", body)
        if complete:
            replies[complete["output"]] = answer["tokens"]
            sums["written"] += answer["tokens_predicted"]
            sums["prompt"] += answer["tokens_evaluated"]
            sums["cached"] += answer["timings"].get("cache_n", 0)
    return sums


def theirs(args, model, recording, grammar):
    with open(args.peer / "server.log", "w") as log:
        server = Server(args, model, log)
        try:
            prompts = Prompts(server, recording)
            for stage in recording["stages"]:
                for agent in stage:
                    for request in agent:
                        if "complete" in request["kind"]:
                            prompts.tokens(request["kind"]["complete"]["output"])
            began, stages = time.perf_counter(), []
            total = {"prompt": 0, "cached": 0, "written": 0}
            for stage in recording["stages"]:
                stage_began = time.perf_counter()
                with ThreadPoolExecutor(len(stage)) as threads:
                    work = [threads.submit(run_agent, server, prompts, a, grammar) for a in stage]
                    for done in work:
                        for key, value in done.result().items():
                            total[key] += value
                stages.append(time.perf_counter() - stage_began)
            seconds = time.perf_counter() - began
        finally:
            server.stop()
    return {
        "seconds": seconds,
        "stages": stages,
        "prompt_tokens": total["prompt"],
        "cached_tokens": total["cached"],
        "written_tokens": total["written"],
    }


def ours(args, model, grammar):
    command = [args.ours, "replay", RECORDING, model, "--threads", args.threads]
    command += [] if grammar else ["--free"]
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"the replay failed:\n{done.stderr}")
    return json.loads(done.stdout)


def compare(args, model):
    recording = json.loads(RECORDING.read_text())
    found = {}
    for way in ["free", "grammar"]:
        runs = {"ours": [], "peer": []}
        for n in range(args.runs):
            print(f"review, {model.name}, {way}: run {n + 1} of {args.runs}", file=sys.stderr)
            runs["ours"].append(ours(args, model, way == "grammar"))
            if not args.alone:
                runs["peer"].append(theirs(args, model, recording, way == "grammar"))
        row = {side: median(rows) for side, rows in runs.items() if rows}
        if "peer" in row:
            row["ratio"] = row["peer"]["seconds"] / row["ours"]["seconds"]
        found[way] = row
    return found


def median(rows):
    seconds = [r["seconds"] for r in rows]
    middle = statistics.median_low(seconds)
    chosen = next(r for r in rows if r["seconds"] == middle)
    return {**chosen, "spread": (max(seconds) - min(seconds)) / middle, "runs": seconds}


def table(reviews):
    print(f"\nA whole review, seconds (goal: {GOAL} times as fast)\n")
    print("| model | outputs | ours | spread | computed | written | llama-server | spread | computed | written | ratio |")
    print("|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
    for name, ways in reviews.items():
        for way, row in ways.items():
            cells = [name, way]
            for side in ["ours", "peer"]:
                if side in row:
                    run = row[side]
                    computed = run["prompt_tokens"] - run["cached_tokens"]
                    cells += [f"{run['seconds']:.1f}", f"{run['spread']:.0%}"]
                    cells += [str(computed), str(run["written_tokens"])]
                else:
                    cells += [""] * 4
            cells.append(f"{row['ratio']:.2f}" if "ratio" in row else "")
            print("| " + " | ".join(cells) + " |")
