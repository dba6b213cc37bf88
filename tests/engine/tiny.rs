//! Small random models of every architecture, compared with a plain f32
//! forward pass.

use std::collections::BTreeMap;
use std::path::Path;

use candle_core::quantized::gguf_file::{self, Value};
use candle_core::quantized::{GgmlDType, QTensor};
use candle_core::{Device, Tensor};
use forewarn::engine::llm::{DeviceChoice, KvFormat, LoadOptions, describe, load};
use rstest::rstest;

pub const HIDDEN: usize = 64;
const HEADS: usize = 4;
const KV_HEADS: usize = 2;
const INNER: usize = 96;
const EXPERTS: usize = 4;
const USED: usize = 2;
const LAYERS: usize = 2;
pub const ROWS: usize = 264;
const EPSILON: f32 = 1e-5;
const BASE: f64 = 10_000.0;

/// A model as arrays: name to shape and values.
pub struct Tiny {
    architecture: &'static str,
    tensors: BTreeMap<String, (Vec<usize>, Vec<f32>)>,
}

fn head_width(architecture: &str) -> usize {
    // Qwen3's heads are not `hidden / heads` wide.
    if architecture.starts_with("qwen3") { 32 } else { HIDDEN / HEADS }
}

impl Tiny {
    pub fn new(architecture: &'static str) -> Self {
        let mut tiny = Self { architecture, tensors: BTreeMap::new() };
        let mut seed = 42u64;
        let mut add = |name: String, shape: &[usize], around: f32, spread: f32| {
            let values = (0..shape.iter().product())
                .map(|_| {
                    seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                    around + spread * ((seed >> 40) as f32 / (1 << 23) as f32 - 1.0)
                })
                .collect();
            tiny.tensors.insert(name, (shape.to_vec(), values));
        };
        let width = head_width(architecture);
        let (queries, keys) = (HEADS * width, KV_HEADS * width);
        add("token_embd.weight".into(), &[ROWS, HIDDEN], 0.0, 1.0);
        add("output_norm.weight".into(), &[HIDDEN], 1.0, 0.3);
        if architecture != "qwen2" {
            add("output.weight".into(), &[ROWS, HIDDEN], 0.0, 0.3);
        }
        for layer in 0..LAYERS {
            let mut part = |name: &str, shape: &[usize], around, spread| {
                add(format!("blk.{layer}.{name}"), shape, around, spread);
            };
            part("attn_norm.weight", &[HIDDEN], 1.0, 0.3);
            part("ffn_norm.weight", &[HIDDEN], 1.0, 0.3);
            part("attn_q.weight", &[queries, HIDDEN], 0.0, 0.3);
            part("attn_k.weight", &[keys, HIDDEN], 0.0, 0.3);
            part("attn_v.weight", &[keys, HIDDEN], 0.0, 0.3);
            part("attn_output.weight", &[HIDDEN, queries], 0.0, 0.3);
            if architecture == "qwen2" {
                part("attn_q.bias", &[queries], 0.0, 0.5);
                part("attn_k.bias", &[keys], 0.0, 0.5);
                part("attn_v.bias", &[keys], 0.0, 0.5);
            }
            if architecture.starts_with("qwen3") {
                part("attn_q_norm.weight", &[width], 1.0, 0.3);
                part("attn_k_norm.weight", &[width], 1.0, 0.3);
            }
            if architecture == "qwen3moe" {
                part("ffn_gate_inp.weight", &[EXPERTS, HIDDEN], 0.0, 0.5);
                part("ffn_gate_exps.weight", &[EXPERTS, INNER, HIDDEN], 0.0, 0.3);
                part("ffn_up_exps.weight", &[EXPERTS, INNER, HIDDEN], 0.0, 0.3);
                part("ffn_down_exps.weight", &[EXPERTS, HIDDEN, INNER], 0.0, 0.3);
            } else {
                part("ffn_gate.weight", &[INNER, HIDDEN], 0.0, 0.3);
                part("ffn_up.weight", &[INNER, HIDDEN], 0.0, 0.3);
                part("ffn_down.weight", &[HIDDEN, INNER], 0.0, 0.3);
            }
        }
        tiny
    }

    pub fn metadata(&self) -> Vec<(String, Value)> {
        let architecture = self.architecture;
        let number = |n: usize| Value::U32(n as u32);
        let own = |key: &str, value| (format!("{architecture}.{key}"), value);
        let width = head_width(architecture);
        let (tokens, kinds) = vocabulary();
        let texts =
            |texts: Vec<String>| Value::Array(texts.into_iter().map(Value::String).collect());
        vec![
            ("general.architecture".into(), Value::String(architecture.into())),
            ("general.name".into(), Value::String("Tiny".into())),
            ("general.license".into(), Value::String("apache-2.0".into())),
            own("context_length", number(512)),
            own("block_count", number(LAYERS)),
            own("embedding_length", number(HIDDEN)),
            own("feed_forward_length", number(INNER)),
            own("expert_feed_forward_length", number(INNER)),
            own("expert_count", number(EXPERTS)),
            own("expert_used_count", number(USED)),
            own("attention.head_count", number(HEADS)),
            own("attention.head_count_kv", number(KV_HEADS)),
            own("attention.key_length", number(width)),
            own("attention.value_length", number(width)),
            own("attention.layer_norm_rms_epsilon", Value::F32(EPSILON)),
            own("rope.freq_base", Value::F32(BASE as f32)),
            ("tokenizer.ggml.model".into(), Value::String("gpt2".into())),
            ("tokenizer.ggml.pre".into(), Value::String("qwen2".into())),
            ("tokenizer.ggml.tokens".into(), texts(tokens)),
            (
                "tokenizer.ggml.token_type".into(),
                Value::Array(kinds.into_iter().map(Value::I32).collect()),
            ),
            ("tokenizer.ggml.merges".into(), texts(vec!["h e".into()])),
            ("tokenizer.ggml.eos_token_id".into(), Value::U32(258)),
        ]
    }

    pub fn write(&self, path: &Path, kind: GgmlDType) {
        self.write_with(path, kind, &self.metadata());
    }

    pub fn write_with(&self, path: &Path, kind: GgmlDType, metadata: &[(String, Value)]) {
        let tensors: Vec<(&str, QTensor)> = self
            .tensors
            .iter()
            .map(|(name, (shape, values))| {
                let tensor = Tensor::from_slice(values, shape.as_slice(), &Device::Cpu).unwrap();
                let kind = if shape.len() == 1 { GgmlDType::F32 } else { kind };
                (name.as_str(), QTensor::quantize(&tensor, kind).unwrap())
            })
            .collect();
        let metadata: Vec<_> = metadata.iter().map(|(key, value)| (key.as_str(), value)).collect();
        let tensors: Vec<_> = tensors.iter().map(|(name, tensor)| (*name, tensor)).collect();
        let mut file = std::fs::File::create(path).unwrap();
        gguf_file::write(&mut file, &metadata, &tensors).unwrap();
    }

    fn get(&self, layer: usize, name: &str) -> &[f32] {
        &self.tensors[&format!("blk.{layer}.{name}")].1
    }

    /// Logits after each token.
    fn forward(&self, tokens: &[u32]) -> Vec<Vec<f32>> {
        let width = head_width(self.architecture);
        let embedding = &self.tensors["token_embd.weight"].1;
        let mut xs: Vec<Vec<f32>> = tokens
            .iter()
            .map(|&t| embedding[t as usize * HIDDEN..(t as usize + 1) * HIDDEN].to_vec())
            .collect();
        for layer in 0..LAYERS {
            let w = |name: &str| self.get(layer, name);
            let (mut qs, mut ks, mut vs) = (Vec::new(), Vec::new(), Vec::new());
            for (position, x) in xs.iter().enumerate() {
                let y = norm(x, w("attn_norm.weight"));
                let project = |part: &str, rotate: bool| {
                    let mut out = times(w(&format!("attn_{part}.weight")), &y);
                    if self.architecture == "qwen2" {
                        let bias = w(&format!("attn_{part}.bias"));
                        out.iter_mut().zip(bias).for_each(|(o, b)| *o += b);
                    }
                    for head in out.chunks_mut(width) {
                        if rotate && self.architecture.starts_with("qwen3") {
                            let normed = norm(head, w(&format!("attn_{part}_norm.weight")));
                            head.copy_from_slice(&normed);
                        }
                        if rotate {
                            turn(head, position, self.architecture == "llama");
                        }
                    }
                    out
                };
                qs.push(project("q", true));
                ks.push(project("k", true));
                vs.push(project("v", false));
            }
            for position in 0..xs.len() {
                let mut mixed = vec![0.0; HEADS * width];
                for head in 0..HEADS {
                    let kv = head / (HEADS / KV_HEADS) * width;
                    let q = &qs[position][head * width..][..width];
                    let scores: Vec<f32> = (0..=position)
                        .map(|p| dot(q, &ks[p][kv..][..width]) / (width as f32).sqrt())
                        .collect();
                    for (p, weight) in softmax(&scores).into_iter().enumerate() {
                        for i in 0..width {
                            mixed[head * width + i] += weight * vs[p][kv + i];
                        }
                    }
                }
                let y = times(w("attn_output.weight"), &mixed);
                xs[position].iter_mut().zip(y).for_each(|(x, y)| *x += y);
                let y = norm(&xs[position], w("ffn_norm.weight"));
                let y = self.feed(layer, &y);
                xs[position].iter_mut().zip(y).for_each(|(x, y)| *x += y);
            }
        }
        let output = self.tensors.get("output.weight").map_or(embedding, |(_, values)| values);
        xs.iter().map(|x| times(output, &norm(x, &self.tensors["output_norm.weight"].1))).collect()
    }

    fn feed(&self, layer: usize, y: &[f32]) -> Vec<f32> {
        let glu = |gate: &[f32], up: &[f32], down: &[f32]| {
            let inner: Vec<f32> = times(gate, y)
                .iter()
                .zip(times(up, y))
                .map(|(g, u)| g / (1.0 + (-g).exp()) * u)
                .collect();
            times(down, &inner)
        };
        let w = |name: &str| self.get(layer, name);
        if self.architecture != "qwen3moe" {
            return glu(w("ffn_gate.weight"), w("ffn_up.weight"), w("ffn_down.weight"));
        }
        let size = INNER * HIDDEN;
        let scores = softmax(&times(w("ffn_gate_inp.weight"), y));
        let mut order: Vec<usize> = (0..EXPERTS).collect();
        order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
        let total: f32 = order[..USED].iter().map(|&e| scores[e]).sum();
        let mut sum = vec![0.0; HIDDEN];
        for &e in &order[..USED] {
            let part = |name: &str| &w(name)[e * size..(e + 1) * size];
            let out = glu(
                part("ffn_gate_exps.weight"),
                part("ffn_up_exps.weight"),
                part("ffn_down_exps.weight"),
            );
            sum.iter_mut().zip(out).for_each(|(s, o)| *s += o * scores[e] / total);
        }
        sum
    }
}

/// 256 bytes in GPT-2's alphabet, a merge, and three control tokens.
fn vocabulary() -> (Vec<String>, Vec<i32>) {
    let mut tokens = Vec::new();
    let mut next = 0x100;
    for byte in 0..=255u32 {
        let printable = matches!(byte, 0x21..=0x7e | 0xa1..=0xac | 0xae..=0xff);
        let code = if printable { byte } else { next };
        next += u32::from(!printable);
        tokens.push(char::from_u32(code).unwrap().to_string());
    }
    let mut kinds = vec![1; 257];
    tokens.extend(["he", "<|im_start|>", "<|im_end|>"].map(str::to_owned));
    kinds.extend([3, 3]);
    (tokens, kinds)
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

fn times(matrix: &[f32], x: &[f32]) -> Vec<f32> {
    matrix.chunks(x.len()).map(|row| dot(row, x)).collect()
}

fn norm(x: &[f32], weight: &[f32]) -> Vec<f32> {
    let scale = 1.0 / (dot(x, x) / x.len() as f32 + EPSILON).sqrt();
    x.iter().zip(weight).map(|(x, w)| x * scale * w).collect()
}

fn softmax(x: &[f32]) -> Vec<f32> {
    let most = x.iter().copied().fold(f32::MIN, f32::max);
    let exps: Vec<f32> = x.iter().map(|x| (x - most).exp()).collect();
    let sum: f32 = exps.iter().sum();
    exps.iter().map(|e| e / sum).collect()
}

fn turn(head: &mut [f32], position: usize, neighbours: bool) {
    let half = head.len() / 2;
    for i in 0..half {
        let angle = position as f64 / BASE.powf(i as f64 / half as f64);
        let (sin, cos) = (angle.sin() as f32, angle.cos() as f32);
        let (a, b) = if neighbours { (2 * i, 2 * i + 1) } else { (i, i + half) };
        (head[a], head[b]) = (head[a] * cos - head[b] * sin, head[a] * sin + head[b] * cos);
    }
}

pub fn largest_gap(a: &[Vec<f32>], b: &[Vec<f32>]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter()
        .zip(b)
        .flat_map(|(a, b)| a.iter().zip(b).map(|(x, y)| (x - y).abs()))
        .fold(0.0, f32::max)
}

#[rstest]
#[case("llama")]
#[case("qwen2")]
#[case("qwen3")]
#[case("qwen3moe")]
fn every_architecture_equals_the_plain_forward_pass(#[case] architecture: &'static str) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tiny.gguf");
    let tiny = Tiny::new(architecture);
    tiny.write(&path, GgmlDType::F32);
    let tokens: Vec<u32> = (0..70).map(|i| i * 37 % 257).collect();
    let expected = tiny.forward(&tokens);
    // Logits reach about 10. On candle's tensors all is f32, and sums in another
    // order differ by 1e-5 of that; our kernels keep keys and values in half
    // precision, which moved qwen2's by 0.017.
    for (device, most) in [(DeviceChoice::CpuTensors, 2e-3), (DeviceChoice::Cpu, 0.05)] {
        let llm = load(&path, &LoadOptions { device, ..Default::default() }).unwrap();
        for chunk in [70, 32, 7, 1] {
            let got = llm.logits(&tokens, chunk).unwrap();
            let gap = largest_gap(&got, &expected);
            assert!(gap < most, "{architecture} on {device:?} in chunks of {chunk}: {gap}");
        }
    }
}

#[rstest]
#[case(GgmlDType::Q4_0)]
#[case(GgmlDType::Q4_1)]
#[case(GgmlDType::Q5_0)]
#[case(GgmlDType::Q8_0)]
#[case(GgmlDType::F16)]
#[case(GgmlDType::F32)]
fn prefill_and_token_by_token_give_the_same_bits(
    #[case] kind: GgmlDType,
    #[values("llama", "qwen2", "qwen3", "qwen3moe")] architecture: &'static str,
    #[values(KvFormat::F16, KvFormat::I8)] kv_format: KvFormat,
) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tiny.gguf");
    Tiny::new(architecture).write(&path, kind);
    let options = LoadOptions { threads: 2, kv_format, ..Default::default() };
    let llm = load(&path, &options).unwrap();
    let tokens: Vec<u32> = (0..200).map(|i| i * 37 % 257).collect();
    let whole = llm.logits(&tokens, 200).unwrap();
    for chunk in [64, 9, 3, 1] {
        assert_eq!(llm.logits(&tokens, chunk).unwrap(), whole, "in chunks of {chunk}");
    }
    let one = load(&path, &LoadOptions { threads: 1, ..options }).unwrap();
    assert_eq!(one.logits(&tokens, 5).unwrap(), whole, "on one thread");
}

#[test]
fn a_file_describes_itself() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tiny.gguf");
    let tiny = Tiny::new("qwen3moe");
    tiny.write(&path, GgmlDType::Q8_0);
    let summary = describe(&path).unwrap();
    assert_eq!(summary.architecture, "qwen3moe");
    assert_eq!(summary.quantisation, "Q8_0");
    assert_eq!(summary.context, 512);
    assert_eq!(summary.licence.as_deref(), Some("apache-2.0"));
    assert!(!summary.has_template);
    let elements: usize = tiny.tensors.values().map(|(_, values)| values.len()).sum();
    assert_eq!(summary.parameters, elements as u64);
    // Keys and values in half precision.
    let cache = 512 * LAYERS * KV_HEADS * 32 * 2 * 2;
    assert!(summary.memory > (elements + cache) as u64);
    assert!(summary.memory < (elements * 3 / 2 + cache) as u64, "{}", summary.memory);
}
