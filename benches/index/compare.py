"""Times our index and its peers on one repository; `run` calls it.

Arguments: our benchmark program, a repository to clone, a folder to work in.
Every time is the best of three runs with warm caches, except the first index,
which is made once into an empty folder.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PATTERNS = ["getUser", r"\bnull\s*==", r"TODO|FIXME", r"import org\.\w+\.models"]


def git(clone, *args, **more):
    command = ["git", "-C", str(clone), *args]
    return subprocess.run(command, check=True, capture_output=True, text=True, **more).stdout


def edited(clone):
    """A tree that differs from HEAD's in one larger source file."""
    rows = [row.split(None, 4) for row in git(clone, "ls-tree", "-r", "-l", "HEAD").splitlines()]
    code = [r for r in rows if r[4].endswith((".java", ".go", ".py", ".rs", ".rb", ".ts", ".js"))]
    row = sorted(code, key=lambda r: int(r[3]))[len(code) * 9 // 10]
    text = git(clone, "show", f"HEAD:{row[4]}") + "\n// one more line\n"
    blob = git(clone, "hash-object", "-w", "--stdin", input=text).strip()
    with tempfile.NamedTemporaryFile() as index:
        env = {"GIT_INDEX_FILE": index.name + "-tree", "PATH": "/usr/bin:/bin:/usr/local/bin"}
        git(clone, "read-tree", "HEAD", env=env)
        git(clone, "update-index", "--cacheinfo", f"{row[0]},{blob},{row[4]}", env=env)
        tree = git(clone, "write-tree", env=env).strip()
        Path(env["GIT_INDEX_FILE"]).unlink()
    return tree


def best(command, cwd, runs=3):
    """Milliseconds of the fastest run; a search without a hit exits with 1."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        done = subprocess.run(command, cwd=cwd, stdout=subprocess.DEVNULL, check=False)
        times.append((time.perf_counter() - start) * 1e3)
        if done.returncode > 1:
            sys.exit(f"{command} failed")
    return min(times)


def main():
    binary, repository, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    name = Path(repository.removesuffix("/.git").removesuffix("/repo")).stem
    clone = folder / "worktrees" / name
    if not clone.exists():
        clone.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["git", "clone", "--quiet", repository, str(clone)], check=True)
    state = folder / "index" / name
    shutil.rmtree(state, ignore_errors=True)
    state.mkdir(parents=True)
    arguments = [binary, "speed", str(clone), "--state", str(state), "--edited", edited(clone)]
    for pattern in PATTERNS:
        arguments += ["--pattern", pattern]
    ours = json.loads(subprocess.run(arguments, check=True, capture_output=True, text=True).stdout)
    tags = folder / "tags"
    start = time.perf_counter()
    subprocess.run(
        ["ctags", "-R", "--quiet=yes", "--exclude=.git", "-f", str(tags), "."],
        cwd=clone,
        check=True,
        stderr=subprocess.DEVNULL,
    )
    ctags = time.perf_counter() - start
    pairs = [f"{key}: {ours[key]}" for key in ours if key != "patterns"]
    print("\n".join(pairs))
    print(f"ctags -R: {ctags:.1f} s, {tags.stat().st_size / 1e6:.1f} MB")
    print("\n| pattern | hits | unread | first | again | objects only | ripgrep | git grep | first / ripgrep |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|---:|")
    for row in ours["patterns"]:
        pattern = row["pattern"]
        rg = best(["rg", "-n", "--hidden", "--no-ignore", "-g", "!.git", pattern], clone)
        grep = best(["git", "grep", "-nP", pattern], clone)
        cells = [row["unread_ms"], row["first_ms"], row["again_ms"], row["git_ms"], rg, grep]
        times = " | ".join(f"{cell:.0f} ms" for cell in cells)
        shown = pattern.replace("|", "\\|")
        print(f"| `{shown}` | {row['hits']} | {times} | {row['first_ms'] / rg:.2f} |")


if __name__ == "__main__":
    main()
