//! Tiny random models of every architecture against llama.cpp:
//! `fixtures/engine/make_logits.py`. `tiny.rs` compares the same models with a
//! forward pass of our own; this one shares no line and no misunderstanding
//! with ours.

use std::path::{Path, PathBuf};

use candle_core::quantized::GgmlDType;
use candle_core::quantized::gguf_file::Value;
use forewarn::engine::llm::{DeviceChoice, LoadOptions, load};
use serde::Deserialize;

use super::tiny::{ROWS, Tiny, largest_gap};

const ARCHITECTURES: [&str; 4] = ["llama", "qwen2", "qwen3", "qwen3moe"];

#[derive(Deserialize)]
struct Case {
    architecture: String,
    tokens: Vec<u32>,
    /// Position and the logits after it.
    rows: Vec<(usize, Vec<f32>)>,
}

/// A tiny model as llama.cpp takes it: with a token for each row, and experts
/// only where they are.
fn write(architecture: &'static str, path: &Path) {
    let tiny = Tiny::new(architecture);
    let mut metadata = tiny.metadata();
    if architecture != "qwen3moe" {
        metadata.retain(|(key, _)| !key.contains(".expert_"));
    }
    for (key, value) in &mut metadata {
        let Value::Array(values) = value else { continue };
        for n in values.len()..ROWS {
            match key.as_str() {
                "tokenizer.ggml.tokens" => values.push(Value::String(format!("[PAD{n}]"))),
                "tokenizer.ggml.token_type" => values.push(Value::I32(5)),
                _ => break,
            }
        }
    }
    tiny.write_with(path, GgmlDType::F32, &metadata);
}

#[test]
fn every_architecture_has_the_logits_of_llama_cpp() {
    let text = include_str!("../fixtures/engine/logits.json");
    let cases: Vec<Case> = serde_json::from_str(text).unwrap();
    assert_eq!(cases.len(), ARCHITECTURES.len());
    let scratch = tempfile::tempdir().unwrap();
    // make_logits.py has the models written where it reads them.
    let folder = std::env::var_os("TINY_MODELS").map_or(scratch.path().into(), PathBuf::from);
    std::fs::create_dir_all(&folder).unwrap();
    let path = |architecture: &str| folder.join(format!("{architecture}.gguf"));
    for architecture in ARCHITECTURES {
        write(architecture, &path(architecture));
    }
    for (case, architecture) in cases.iter().zip(ARCHITECTURES) {
        assert_eq!(case.architecture, architecture);
        let expected: Vec<Vec<f32>> = case.rows.iter().map(|row| row.1.clone()).collect();
        // Logits reach about 10. On candle's tensors both sum f32 in their own
        // order, and the fixture has four digits; our kernels keep keys and
        // values in half precision, which moved qwen2's by 0.009.
        for (device, most) in [(DeviceChoice::CpuTensors, 5e-3), (DeviceChoice::Cpu, 0.05)] {
            let options = LoadOptions { device, ..Default::default() };
            let llm = load(&path(architecture), &options).unwrap();
            for chunk in [70, 16, 1] {
                let all = llm.logits(&case.tokens, chunk).unwrap();
                let got: Vec<Vec<f32>> = case.rows.iter().map(|row| all[row.0].clone()).collect();
                assert!(got.iter().zip(&expected).all(|(a, b)| a.len() == b.len()));
                let gap = largest_gap(&got, &expected);
                assert!(gap < most, "{architecture} on {device:?} in chunks of {chunk}: {gap}");
            }
        }
    }
}
