"""Measures ONNX Runtime on the benchmark's texts: the peer of our embedder.

    python peer.py MODEL_FOLDER TEXTS.json THREADS single|int8 [VECTORS.json]

The graph is built here out of ONNX Runtime's own fused operators (attention,
skip layer norm, bias and GELU), the form that its optimiser for transformers
makes of an exported model; `int8` rounds it with its dynamic quantiser. Texts
are sorted by length and padded within a batch. After one pass to warm up, each
line `run` on standard input computes all texts once and prints the seconds,
with tokenizing and without.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import load_file
from tokenizers import Tokenizer

# Texts of a batch: the best of 4, 8, 16, 32 and 64 on the machine of the README.
BATCH = 16


def graph(folder):
    """The model as a graph of ids, kinds and mask to token vectors."""
    config = json.loads((folder / "config.json").read_text())
    weights = load_file(folder / "model.safetensors")
    nodes, tensors = [], {}

    def node(kind, inputs, output, domain="com.microsoft", **settings):
        nodes.append(helper.make_node(kind, inputs, output, domain=domain, **settings))

    def tensor(name, value):
        tensors[name] = np.ascontiguousarray(value)
        return name

    def of(name):
        return tensor(name, weights[name])

    eps, heads = config["layer_norm_eps"], config["num_attention_heads"]
    e = "embeddings."
    node("EmbedLayerNormalization",
         ["ids", "kinds", of(e + "word_embeddings.weight"), of(e + "position_embeddings.weight"),
          of(e + "token_type_embeddings.weight"), of(e + "LayerNorm.weight"),
          of(e + "LayerNorm.bias")],
         ["x0", "unused"], epsilon=eps)
    x = "x0"
    for i in range(config["num_hidden_layers"]):
        p = f"encoder.layer.{i}."
        qkv = [p + "attention.self." + part for part in ("query", "key", "value")]
        node("Attention",
             [x, tensor(p + "qkv.weight", np.concatenate([weights[q + ".weight"].T for q in qkv], 1)),
              tensor(p + "qkv.bias", np.concatenate([weights[q + ".bias"] for q in qkv])), "mask"],
             [p + "a"], num_heads=heads)
        dense = p + "attention.output.dense."
        node("MatMul", [p + "a", tensor(dense + "weight", weights[dense + "weight"].T)], [p + "b"], "")
        norm = p + "attention.output.LayerNorm."
        node("SkipLayerNormalization",
             [p + "b", x, of(norm + "weight"), of(norm + "bias"), of(dense + "bias")],
             [p + "c"], epsilon=eps)
        up = p + "intermediate.dense."
        node("MatMul", [p + "c", tensor(up + "weight", weights[up + "weight"].T)], [p + "d"], "")
        node("BiasGelu", [p + "d", of(up + "bias")], [p + "e"])
        down = p + "output.dense."
        node("MatMul", [p + "e", tensor(down + "weight", weights[down + "weight"].T)], [p + "f"], "")
        norm = p + "output.LayerNorm."
        node("SkipLayerNormalization",
             [p + "f", p + "c", of(norm + "weight"), of(norm + "bias"), of(down + "bias")],
             [p + "x"], epsilon=eps)
        x = p + "x"
    int32 = TensorProto.INT32
    inputs = [helper.make_tensor_value_info(n, int32, ["texts", "width"])
              for n in ("ids", "kinds", "mask")]
    output = helper.make_tensor_value_info(x, TensorProto.FLOAT, ["texts", "width", "size"])
    made = helper.make_graph(nodes, "bert", inputs, [output],
                             [numpy_helper.from_array(v, k) for k, v in tensors.items()])
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    return helper.make_model(made, opset_imports=opsets, ir_version=8)


def session(folder, threads, form):
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    with tempfile.TemporaryDirectory() as scratch:
        path = str(Path(scratch) / "model.onnx")
        onnx.save(graph(folder), path)
        if form == "int8":
            from onnxruntime.quantization import QuantType, quantize_dynamic

            rounded = str(Path(scratch) / "int8.onnx")
            quantize_dynamic(path, rounded, per_channel=True, weight_type=QuantType.QInt8,
                             op_types_to_quantize=["MatMul", "Attention"],
                             # The fused operators' results, whose type it does not infer.
                             extra_options={"DefaultTensorType": TensorProto.FLOAT})
            path = rounded
        return ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def tokenize(tokenizer, texts):
    """Batches of (indices, ids, mask), the longest texts last."""
    ids = [e.ids for e in tokenizer.encode_batch(texts)]
    order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
    batches = []
    for start in range(0, len(order), BATCH):
        some = order[start:start + BATCH]
        width = len(ids[some[-1]])
        padded = np.zeros((len(some), width), np.int32)
        mask = np.zeros((len(some), width), np.int32)
        for row, i in enumerate(some):
            padded[row, :len(ids[i])] = ids[i]
            mask[row, :len(ids[i])] = 1
        batches.append((some, padded, mask))
    return batches


def compute(model, batches, count):
    vectors = [None] * count
    for some, ids, mask in batches:
        inputs = {"ids": ids, "kinds": np.zeros_like(ids), "mask": mask}
        hidden = model.run(None, inputs)[0]
        weight = mask[:, :, None].astype(np.float32)
        mean = (hidden * weight).sum(1) / weight.sum(1)
        mean /= np.linalg.norm(mean, axis=1, keepdims=True)
        for i, vector in zip(some, mean):
            vectors[i] = vector
    return vectors


def main(folder, texts, threads, form, out=None):
    tokenizer = Tokenizer.from_file(str(Path(folder) / "tokenizer.json"))
    tokenizer.enable_truncation(256)
    tokenizer.no_padding()
    texts = json.loads(Path(texts).read_text())
    model = session(Path(folder), int(threads), form)
    vectors = compute(model, tokenize(tokenizer, texts), len(texts))
    if out:
        Path(out).write_text(json.dumps([[float(x) for x in v] for v in vectors]))
    print("ready", flush=True)
    for _ in sys.stdin:
        start = time.perf_counter()
        batches = tokenize(tokenizer, texts)
        middle = time.perf_counter()
        compute(model, batches, len(texts))
        end = time.perf_counter()
        print(f"{end - start:.4f} {end - middle:.4f}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
