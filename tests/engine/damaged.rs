//! Hostile and damaged model files: an error that says what is wrong, never a
//! panic.

use std::path::PathBuf;

use candle_core::quantized::GgmlDType;
use candle_core::quantized::gguf_file::Value;
use forewarn::engine::EngineError;
use forewarn::engine::llm::{LoadOptions, describe, load};
use proptest::prelude::*;

use super::tiny::Tiny;

fn file() -> (tempfile::TempDir, PathBuf, Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tiny.gguf");
    Tiny::new("qwen2").write(&path, GgmlDType::Q4_0);
    let bytes = std::fs::read(&path).unwrap();
    (folder, path, bytes)
}

fn reason(error: EngineError) -> String {
    match error {
        EngineError::Damaged { reason, .. } => reason,
        other => panic!("{other:?}"),
    }
}

fn with(change: impl Fn(&mut Vec<(String, Value)>)) -> EngineError {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tiny.gguf");
    let tiny = Tiny::new("qwen2");
    let mut metadata = tiny.metadata();
    change(&mut metadata);
    tiny.write_with(&path, GgmlDType::F32, &metadata);
    load(&path, &LoadOptions::default()).unwrap_err()
}

fn set(key: &str, value: Value) -> impl Fn(&mut Vec<(String, Value)>) {
    move |metadata| {
        metadata.retain(|(known, _)| known != key);
        metadata.push((key.to_owned(), value.clone()));
    }
}

#[test]
fn a_file_cut_short_anywhere_is_refused() {
    let (_folder, path, bytes) = file();
    for length in [0, 3, 4, 10, 24, 30, 200, 2000, bytes.len() / 2, bytes.len() - 100] {
        std::fs::write(&path, &bytes[..length]).unwrap();
        let reason = reason(load(&path, &LoadOptions::default()).unwrap_err());
        assert!(!reason.is_empty(), "cut at {length}");
    }
}

#[test]
fn huge_counts_and_lengths_are_refused_before_they_are_allocated() {
    let (_folder, path, bytes) = file();
    for (at, what) in [(8, "tensors"), (16, "metadata"), (24, "bytes")] {
        let mut broken = bytes.clone();
        broken[at..at + 8].copy_from_slice(&(u64::MAX / 2).to_le_bytes());
        std::fs::write(&path, &broken).unwrap();
        let reason = reason(describe(&path).unwrap_err());
        assert!(reason.contains(what), "{reason}");
    }
}

#[test]
fn wrong_metadata_is_named() {
    let zero = || Value::U32(0);
    for (key, value, expected) in [
        ("qwen2.block_count", zero(), "block_count"),
        ("qwen2.block_count", Value::U32(1000), "blk.2."),
        ("qwen2.attention.head_count", zero(), "head_count"),
        ("qwen2.attention.head_count_kv", Value::U32(3), "do not fit"),
        ("qwen2.attention.key_length", Value::U32(15), "do not fit"),
        ("qwen2.embedding_length", Value::U32(128), "token_embd.weight"),
        ("qwen2.feed_forward_length", Value::U32(95), "ffn_"),
        ("qwen2.context_length", zero(), "context_length"),
        ("qwen2.attention.layer_norm_rms_epsilon", Value::F32(f32::NAN), "epsilon"),
        ("general.alignment", zero(), "alignment"),
        ("tokenizer.ggml.tokens", Value::Array(vec![]), "0 tokens"),
    ] {
        let reason = reason(with(set(key, value)));
        assert!(reason.contains(expected), "{key}: {reason}");
    }
}

#[test]
fn unknown_kinds_are_named() {
    let text = |text: &str| Value::String(text.into());
    let error = with(set("general.architecture", text("mamba")));
    assert!(matches!(error, EngineError::Architecture(name) if name == "mamba"));
    let error = with(set("tokenizer.ggml.model", text("llama")));
    assert!(matches!(error, EngineError::Tokenizer(reason) if reason.contains("`llama`")));
    let error = with(set("tokenizer.ggml.pre", text("new-one")));
    assert!(matches!(error, EngineError::Tokenizer(reason) if reason.contains("`new-one`")));
    let error = with(set("tokenizer.chat_template", text("{% if %}")));
    assert!(matches!(error, EngineError::Template { .. }));
}

#[test]
fn a_window_that_does_not_fit_into_memory_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tiny.gguf");
    let tiny = Tiny::new("qwen2");
    let mut metadata = tiny.metadata();
    set("qwen2.context_length", Value::U32(1 << 30))(&mut metadata);
    tiny.write_with(&path, GgmlDType::F32, &metadata);
    // The whole window takes 256 bytes a token: 256 GiB.
    let whole = LoadOptions { context: 1 << 30, ..Default::default() };
    let error = load(&path, &whole).unwrap_err();
    assert!(matches!(error, EngineError::Memory { cache, .. } if cache > 250_000), "{error:?}");
    // By default the window is capped.
    use forewarn::engine::Llm;
    assert_eq!(load(&path, &LoadOptions::default()).unwrap().info().context, 16_384);
}

#[test]
fn a_folder_and_a_missing_file_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(describe(folder.path()), Err(EngineError::Damaged { .. })));
    assert!(matches!(describe(&folder.path().join("none")), Err(EngineError::Io { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..Default::default() })]

    /// Whatever bytes of the header change, loading ends, with or without error.
    #[test]
    fn changed_headers_never_panic(
        changes in prop::collection::vec((0usize..9000, any::<u8>()), 1..6),
    ) {
        let (_folder, path, mut bytes) = file();
        for (at, byte) in changes {
            let at = at % bytes.len();
            bytes[at] = byte;
        }
        std::fs::write(&path, &bytes).unwrap();
        if let Ok(llm) = load(&path, &LoadOptions { context: 64, ..Default::default() }) {
            let _ = llm.logits(&[1, 2, 3], 8);
        }
    }
}
