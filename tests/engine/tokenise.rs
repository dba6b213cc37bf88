//! Texts to tokens against llama.cpp: `fixtures/engine/make_tokens.py`.

use std::path::Path;

use candle_core::quantized::gguf_file::{self, Content, Value};
use candle_core::quantized::{GgmlDType, QTensor};
use candle_core::{DType, Device, Tensor};
use forewarn::engine::Message;
use forewarn::engine::llm::{LoadOptions, LocalLlm, load};
use serde::Deserialize;

use super::llm_path;

#[derive(Deserialize)]
struct Fixture {
    #[serde(default)]
    tokens: Vec<String>,
    #[serde(default)]
    merges: Vec<String>,
    #[serde(default)]
    control: Vec<String>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    text: String,
    /// Nothing is special.
    plain: Vec<u32>,
    /// Special tokens are read as such.
    special: Vec<u32>,
}

impl Fixture {
    /// What a GGUF file says of the small vocabulary.
    fn metadata(&self) -> Vec<(String, Value)> {
        let texts = |texts: &[String]| {
            Value::Array(texts.iter().map(|text| Value::String(text.clone())).collect())
        };
        let kinds = self.tokens.iter().map(|_| 1).chain(self.control.iter().map(|_| 3));
        vec![
            ("tokenizer.ggml.model".into(), Value::String("gpt2".into())),
            ("tokenizer.ggml.pre".into(), Value::String("qwen2".into())),
            (
                "tokenizer.ggml.tokens".into(),
                texts(&[&self.tokens[..], &self.control[..]].concat()),
            ),
            ("tokenizer.ggml.token_type".into(), Value::Array(kinds.map(Value::I32).collect())),
            ("tokenizer.ggml.merges".into(), texts(&self.merges)),
            ("tokenizer.ggml.eos_token_id".into(), Value::U32(self.tokens.len() as u32 + 2)),
        ]
    }
}

/// A template that renders the case of which there are as many messages: a
/// template's own words are the only ones in which special tokens count.
fn template(cases: &[Case]) -> String {
    let texts: Vec<&str> = cases.iter().map(|case| case.text.as_str()).collect();
    let texts = serde_json::to_string(&texts).unwrap();
    format!(
        "{{{{ {texts}[messages | length - 1] }}}}\
         {{% for message in messages %}}{{{{ message.content }}}}{{% endfor %}}"
    )
}

/// The smallest model around a vocabulary.
fn model(vocabulary: Vec<(String, Value)>, template: String) -> LocalLlm {
    const HIDDEN: usize = 32;
    let number = Value::U32;
    let mut metadata = vocabulary;
    metadata.retain(|(key, _)| key != "tokenizer.chat_template");
    let tokens = metadata.iter().find(|(key, _)| key == "tokenizer.ggml.tokens").unwrap();
    let rows = tokens.1.to_vec().unwrap().len();
    metadata.extend([
        ("general.architecture".into(), Value::String("llama".into())),
        ("llama.context_length".into(), number(512)),
        ("llama.block_count".into(), number(1)),
        ("llama.embedding_length".into(), number(HIDDEN as u32)),
        ("llama.feed_forward_length".into(), number(HIDDEN as u32)),
        ("llama.attention.head_count".into(), number(1)),
        ("llama.attention.head_count_kv".into(), number(1)),
        ("llama.attention.layer_norm_rms_epsilon".into(), Value::F32(1e-5)),
        ("llama.rope.freq_base".into(), Value::F32(10_000.0)),
        ("tokenizer.chat_template".into(), Value::String(template)),
    ]);
    let mut tensors = Vec::new();
    let mut add = |name: &str, shape: &[usize]| {
        let tensor = Tensor::zeros(shape, DType::F32, &Device::Cpu).unwrap();
        let kind = if shape.len() == 1 { GgmlDType::F32 } else { GgmlDType::Q8_0 };
        tensors.push((name.to_owned(), QTensor::quantize(&tensor, kind).unwrap()));
    };
    add("token_embd.weight", &[rows, HIDDEN]);
    add("output_norm.weight", &[HIDDEN]);
    for name in ["attn_norm", "ffn_norm"] {
        add(&format!("blk.0.{name}.weight"), &[HIDDEN]);
    }
    for name in ["attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"] {
        add(&format!("blk.0.{name}.weight"), &[HIDDEN, HIDDEN]);
    }
    let metadata: Vec<_> = metadata.iter().map(|(key, value)| (key.as_str(), value)).collect();
    let tensors: Vec<_> = tensors.iter().map(|(name, tensor)| (name.as_str(), tensor)).collect();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vocabulary.gguf");
    let mut file = std::fs::File::create(&path).unwrap();
    gguf_file::write(&mut file, &metadata, &tensors).unwrap();
    drop(file);
    load(&path, &LoadOptions::default()).unwrap()
}

/// The vocabulary of a real file.
fn vocabulary(path: &Path) -> Vec<(String, Value)> {
    let content = Content::read(&mut std::fs::File::open(path).unwrap()).unwrap();
    content.metadata.into_iter().filter(|(key, _)| key.starts_with("tokenizer.")).collect()
}

fn check(llm: &LocalLlm, cases: &[Case]) {
    assert!(cases.len() > 40);
    let mut wrong = Vec::new();
    for (at, case) in cases.iter().enumerate() {
        let plain = llm.encode(&case.text).unwrap();
        if plain != case.plain {
            wrong.push(format!("{}: {plain:?}, not {:?}", case.name, case.plain));
        }
        let messages = vec![Message::user(""); at + 1];
        let special = llm.encode_prompt(&messages, "").unwrap();
        if special != case.special {
            wrong.push(format!("{} with special: {special:?}, not {:?}", case.name, case.special));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn smollm2_has_the_tokens_of_llama_cpp() {
    let text = include_str!("../fixtures/engine/tokens_smollm2.json");
    let fixture: Fixture = serde_json::from_str(text).unwrap();
    check(&model(vocabulary(&llm_path()), template(&fixture.cases)), &fixture.cases);
}

#[test]
fn a_vocabulary_of_qwen2s_kind_has_the_tokens_of_llama_cpp() {
    let text = include_str!("../fixtures/engine/tokens_qwen2.json");
    let fixture: Fixture = serde_json::from_str(text).unwrap();
    check(&model(fixture.metadata(), template(&fixture.cases)), &fixture.cases);
}

#[test]
fn the_cases_tell_special_from_plain() {
    for text in [
        include_str!("../fixtures/engine/tokens_smollm2.json"),
        include_str!("../fixtures/engine/tokens_qwen2.json"),
    ] {
        let fixture: Fixture = serde_json::from_str(text).unwrap();
        let differ = fixture.cases.iter().filter(|case| case.plain != case.special);
        let names: Vec<&str> = differ.map(|case| case.name.as_str()).collect();
        assert_eq!(names, ["chat", "special_inside", "special_broken", "special_run"]);
    }
}
