//! Sequences beside each other, guesses, and what outlives a process: none of
//! it may change a completion.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use candle_core::quantized::GgmlDType;
use forewarn::engine::llm::{DeviceChoice, KvFormat, LoadOptions, LocalLlm, load};
use forewarn::engine::{EngineError, Finish, Grammar, Llm, Message, Request, Sampling};
use serde_json::json;

use super::tiny::{Tiny, largest_gap};
use super::{complete, llm_path, request, smollm};

fn code(functions: usize) -> String {
    let function = |i| format!("def area_{i}(width, height):\n    return width * height + {i}\n");
    (0..functions).map(function).collect()
}

fn options() -> LoadOptions {
    LoadOptions { name: "smollm2-135m".into(), context: 2048, ..Default::default() }
}

/// Conversations of different lengths, some of which begin alike: the first three
/// in more than the 512 positions that attention takes for several at once.
fn conversations() -> Vec<[Message; 2]> {
    let system = [code(40), code(12), "Answer briefly.".to_owned()];
    let ask = ["Repeat the first function.", "Which function is wrong?", "Tell a long story."];
    system
        .iter()
        .flat_map(|s| ask.map(|a| [Message::system(s.clone()), Message::user(a)]))
        .collect()
}

fn write(llm: &LocalLlm, messages: &[Message], sampling: Sampling) -> String {
    complete(llm, &Request { sampling, max_tokens: 40, ..request(messages, None) }).text
}

#[test]
fn a_completion_alone_equals_the_same_in_a_batch() {
    let sampled = Sampling { temperature: 0.9, seed: 5, ..Sampling::default() };
    for sampling in [Sampling::default(), sampled] {
        let conversations = conversations();
        let llm = &load(&llm_path(), &options()).unwrap();
        let together: Vec<String> = std::thread::scope(|scope| {
            let run = |messages| scope.spawn(move || write(llm, messages, sampling));
            let running: Vec<_> = conversations.iter().map(|messages| run(messages)).collect();
            running.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        for (messages, together) in conversations.iter().zip(together) {
            // A model of its own: nothing in its cache.
            let alone = write(&load(&llm_path(), &options()).unwrap(), messages, sampling);
            assert_eq!(alone, together);
        }
    }
}

#[test]
fn guesses_change_no_token() {
    let plain = load(&llm_path(), &LoadOptions { speculate: false, ..options() }).unwrap();
    let schema = json!({
        "type": "object",
        "properties": {
            "function": { "type": "string", "maxLength": 60 },
            "lines": { "type": "array", "items": { "type": "string", "maxLength": 40 }, "maxItems": 4 }
        },
        "required": ["function", "lines"],
        "additionalProperties": false
    });
    let grammar = Grammar::Json(schema);
    for grammar in [None, Some(&grammar)] {
        for (temperature, seed) in [(0.0, 0), (0.8, 1), (1.2, 2)] {
            for messages in conversations().into_iter().step_by(3) {
                let sampling = Sampling { temperature, seed, ..Sampling::default() };
                let request = Request { sampling, max_tokens: 60, ..request(&messages, grammar) };
                let (with, without) = (complete(&smollm(), &request), complete(&plain, &request));
                assert_eq!(with.text, without.text);
                assert_eq!(with.finish, without.finish);
                assert_eq!(with.completion_tokens, without.completion_tokens);
            }
        }
    }
}

#[test]
fn a_system_prompt_is_found_again_by_the_next_model() {
    let folder = tempfile::tempdir().unwrap();
    let options = LoadOptions { prefixes: Some(folder.path().join("prefixes")), ..options() };
    let messages = [Message::system(code(20)), Message::user("Which function is wrong?")];
    let request = Request { max_tokens: 24, ..request(&messages, None) };
    let first = complete(&load(&llm_path(), &options).unwrap(), &request);
    assert_eq!(first.cached_tokens, 0);
    let second = complete(&load(&llm_path(), &options).unwrap(), &request);
    assert!(second.cached_tokens >= 256, "{}", second.cached_tokens);
    assert_eq!(second.text, first.text);
    // Another system prompt is another file; damage is noticed.
    for entry in std::fs::read_dir(folder.path().join("prefixes")).unwrap() {
        let path = entry.unwrap().path();
        let mut bytes = std::fs::read(&path).unwrap();
        let at = bytes.len() / 2;
        bytes[at] ^= 1;
        std::fs::write(&path, bytes).unwrap();
    }
    let third = complete(&load(&llm_path(), &options).unwrap(), &request);
    assert_eq!((third.cached_tokens, third.text), (0, first.text));
}

#[test]
fn breaking_off_stops_a_prefill_and_leaves_the_others_alone() {
    let llm = load(&llm_path(), &options()).unwrap();
    let messages = [Message::system(code(60)), Message::user("Which function is wrong?")];
    let broken = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let other = scope.spawn(|| {
            let messages = [Message::user("Tell a long story of a ship.")];
            complete(&llm, &Request { max_tokens: 30, ..request(&messages, None) })
        });
        let done = llm
            .complete(&request(&messages, None), &mut |_| {
                broken.store(true, Ordering::Relaxed);
                ControlFlow::Break(())
            })
            .unwrap();
        assert_eq!((done.finish, done.completion_tokens), (Finish::Cancelled, 0));
        assert_eq!(other.join().unwrap().completion_tokens, 30);
    });
    assert!(broken.into_inner());
    let late = Instant::now() + Duration::from_millis(1);
    let late = Request { deadline: Some(late), ..request(&messages, None) };
    assert_eq!(complete(&llm, &late).finish, Finish::Cancelled);
}

#[test]
fn more_sequences_than_the_cache_holds_are_refused_or_wait_but_never_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tiny.gguf");
    Tiny::new("llama").write(&path, GgmlDType::Q8_0);
    // Four windows of 64 tokens: four blocks.
    let llm = load(&path, &LoadOptions { context: 64, ..Default::default() }).unwrap();
    let prompts: Vec<[Message; 1]> = (0..12).map(|i| [Message::user(format!("{i} abc"))]).collect();
    let run = |messages: &[Message]| {
        let request = Request { max_tokens: 12, ..request(messages, None) };
        llm.complete(&request, &mut |_| ControlFlow::Continue(())).map(|done| done.text)
    };
    let alone: Vec<_> = prompts.iter().map(|messages| run(messages).unwrap()).collect();
    let together: Vec<_> = std::thread::scope(|scope| {
        let running: Vec<_> = prompts.iter().map(|p| scope.spawn(|| run(p))).collect();
        running.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let mut finished = 0;
    for (alone, together) in alone.iter().zip(together) {
        match together {
            Ok(text) => {
                assert_eq!(&text, alone);
                finished += 1;
            }
            Err(error) => assert!(matches!(error, EngineError::CacheFull { .. }), "{error:?}"),
        }
    }
    assert!(finished > 0);
    // Nothing is lost: all of the cache is free again.
    for (messages, alone) in prompts.iter().zip(&alone) {
        assert_eq!(&run(messages).unwrap(), alone);
    }
}

#[test]
fn eight_bits_for_keys_and_values_move_logits_little() {
    let eight = load(&llm_path(), &LoadOptions { kv_format: KvFormat::I8, ..options() }).unwrap();
    let tokens = smollm().encode(&code(12)).unwrap();
    let (half, eight) =
        (smollm().logits(&tokens, 256).unwrap(), eight.logits(&tokens, 256).unwrap());
    let best = |row: &Vec<f32>| (0..row.len()).max_by(|&a, &b| row[a].total_cmp(&row[b]));
    let same = half.iter().zip(&eight).filter(|(a, b)| best(a) == best(b)).count();
    let (gap, share) = (largest_gap(&half, &eight), same as f64 / half.len() as f64);
    assert!(gap > 0.0, "the format is not used");
    assert!(gap < 6.0 && share > 0.9, "gap {gap}, the same best token in {share}");
}

#[test]
fn candles_tensors_write_the_same_with_a_warm_cache() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tiny.gguf");
    Tiny::new("qwen3").write(&path, GgmlDType::Q8_0);
    let device = DeviceChoice::CpuTensors;
    let llm = load(&path, &LoadOptions { device, ..Default::default() }).unwrap();
    let messages = [Message::user("0123456789".repeat(31))];
    let request = Request { max_tokens: 20, ..request(&messages, None) };
    let (cold, warm) = (complete(&llm, &request), complete(&llm, &request));
    assert!(cold.prompt_tokens > 256, "{}", cold.prompt_tokens);
    // Whole blocks: candle's kernels may round otherwise in other batches.
    assert_eq!((cold.cached_tokens, warm.cached_tokens), (0, 256));
    assert_eq!(cold.text, warm.text);
}
