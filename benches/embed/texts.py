"""Writes the texts that the embedder's benchmark computes: pieces of this
repository's own files, of 20 to 256 tokens.

    python texts.py MODEL_FOLDER COUNT OUT.json

The pieces are whole lines, as the index cuts them; how long each one is wanted
comes from a fixed sequence, so that a checkout gives the same texts every time.
"""

import json
import subprocess
import sys
from pathlib import Path

from tokenizers import Tokenizer

ROOT = Path(__file__).resolve().parents[2]
KINDS = {".rs", ".toml", ".md", ".py", ".sql", ".html", ".js", ".scm"}
SHORTEST, LONGEST = 20, 256


def lengths():
    """Wanted lengths, spread evenly between the bounds."""
    state = 12345
    while True:
        state = (state * 1103515245 + 12345) % 2**31
        yield SHORTEST + (state >> 8) % (LONGEST - SHORTEST + 1)


def main(model, count, out):
    tokenizer = Tokenizer.from_file(str(Path(model) / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True)
    files = [ROOT / n for n in names.stdout.decode().split("\0") if Path(n).suffix in KINDS]
    wanted = lengths()
    texts = []
    for file in sorted(files):
        lines = file.read_text(errors="replace").splitlines()
        # One token sequence a line, without the two special tokens.
        sizes = [len(e.ids) - 2 for e in tokenizer.encode_batch(lines)]
        piece, size, want = [], 2, next(wanted)
        for line, tokens in zip(lines, sizes):
            if piece and size + tokens > want:
                texts.append(("\n".join(piece), size))
                piece, size, want = [], 2, next(wanted)
            piece.append(line)
            size += tokens
        texts.append(("\n".join(piece), size))
    texts = [(text, size) for text, size in texts if SHORTEST <= size <= LONGEST]
    if len(texts) < count:
        sys.exit(f"the repository has {len(texts)} pieces, not {count}")
    # From all over the repository, not its first files only.
    texts = [texts[i * len(texts) // count] for i in range(count)]
    Path(out).write_text(json.dumps([text for text, _ in texts], ensure_ascii=False))
    total = sum(size for _, size in texts)
    print(f"{count} texts, {total} tokens, {total / count:.0f} each")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
