//! Mutations of sound model files: whatever becomes of the bytes, loading ends
//! with a typed error or with a model that computes, and never with a panic.
//!
//! PROPTEST_CASES makes it try harder.

use std::path::Path;

use proptest::prelude::*;

use super::corpus::{attempt, folder};

/// One change of a file's bytes; places count in 2^32nds of what is changed.
#[derive(Debug, Clone)]
enum Change {
    Flip {
        at: u32,
        bits: u8,
    },
    Cut {
        at: u32,
    },
    /// Overwrites the `which`th number of 4 or 8 bytes that could be a length.
    Length {
        which: u32,
        wide: bool,
        value: u64,
    },
    /// Puts a part of another file, or of this one, in the place of a part.
    Splice {
        other: usize,
        from: u32,
        length: usize,
        to: u32,
        removed: usize,
    },
    Text {
        which: u32,
        text: &'static str,
    },
}

const SOUND: [&str; 4] = ["sound-llama", "sound-qwen2", "sound-qwen3", "sound-qwen3moe"];

/// Words of the format, which chance would not write.
const TEXTS: [&str; 12] = [
    "llama",
    "qwen2",
    "qwen3",
    "qwen3moe",
    "general.alignment",
    "tokenizer.chat_template",
    "tokenizer.ggml.bos_token_id",
    "output.weight",
    "rope_freqs.weight",
    "blk.0.attn_q.weight",
    "{% for m in messages %}{{ m.content }}{% endfor %}",
    "</s>",
];

fn change() -> impl Strategy<Value = Change> {
    let value = prop_oneof![
        0u64..70,
        prop_oneof![Just(0xff), Just(1 << 31), Just(u64::from(u32::MAX)), Just(1 << 32)],
        prop_oneof![Just(1 << 62), Just(1 << 63), Just(u64::MAX), Just(u64::MAX - 31)],
        any::<u64>(),
    ];
    prop_oneof![
        4 => (any::<u32>(), 1u8..).prop_map(|(at, bits)| Change::Flip { at, bits }),
        1 => any::<u32>().prop_map(|at| Change::Cut { at }),
        6 => (any::<u32>(), any::<bool>(), value)
            .prop_map(|(which, wide, value)| Change::Length { which, wide, value }),
        2 => (0..SOUND.len(), any::<u32>(), 0usize..200, any::<u32>(), 0usize..200)
            .prop_map(|(other, from, length, to, removed)| {
                Change::Splice { other, from, length, to, removed }
            }),
        2 => (any::<u32>(), prop::sample::select(&TEXTS[..]))
            .prop_map(|(which, text)| Change::Text { which, text }),
    ]
}

/// Places of little-endian numbers below 2^16 with zeros above: lengths, counts,
/// types, ids, offsets.
fn numbers(bytes: &[u8], width: usize) -> Vec<usize> {
    let small = |at: &usize| bytes[at + 2..at + width].iter().all(|&byte| byte == 0);
    (0..bytes.len().saturating_sub(width)).filter(small).collect()
}

fn apply(change: &Change, bytes: &mut Vec<u8>, sound: &[Vec<u8>]) {
    let place = |at: u32, length: usize| ((u64::from(at) * length as u64) >> 32) as usize;
    if bytes.is_empty() {
        return;
    }
    match *change {
        Change::Flip { at, bits } => {
            let at = place(at, bytes.len());
            bytes[at] ^= bits;
        }
        Change::Cut { at } => bytes.truncate(place(at, bytes.len())),
        Change::Length { which, wide, value } => {
            let width = if wide { 8 } else { 4 };
            let places = numbers(bytes, width);
            if !places.is_empty() {
                let at = places[place(which, places.len())];
                bytes[at..at + width].copy_from_slice(&value.to_le_bytes()[..width]);
            }
        }
        Change::Splice { other, from, length, to, removed } => {
            let other = &sound[other];
            let from = place(from, other.len());
            let part = other[from..other.len().min(from + length)].to_vec();
            let to = place(to, bytes.len());
            bytes.splice(to..bytes.len().min(to + removed), part);
        }
        Change::Text { which, text } => {
            let places = numbers(bytes, 8);
            if !places.is_empty() {
                // In the place of a string, with its length.
                let at = places[place(which, places.len())];
                let old = usize::from(u16::from_le_bytes([bytes[at], bytes[at + 1]]));
                let end = bytes.len().min(at + 8 + old);
                let new = (text.len() as u64).to_le_bytes();
                bytes.splice(at..end, new.into_iter().chain(text.bytes()));
            }
        }
    }
}

fn sound() -> Vec<Vec<u8>> {
    let read = |name| std::fs::read(folder().join(format!("{name}.gguf"))).unwrap();
    SOUND.into_iter().map(read).collect()
}

fn check(bytes: &[u8], path: &Path) {
    std::fs::write(path, bytes).unwrap();
    if let Err(panic) = std::panic::catch_unwind(|| drop(attempt(path))) {
        // Kept for a look, and for the corpus.
        let kept = std::env::temp_dir().join(format!("{}.gguf", blake3::hash(bytes).to_hex()));
        std::fs::write(&kept, bytes).unwrap();
        eprintln!("{} makes it panic", kept.display());
        std::panic::resume_unwind(panic);
    }
}

fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(256)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: cases(), failure_persistence: None, ..Default::default()
    })]

    #[test]
    fn changed_files_end_with_an_error_or_compute(
        which in 0..SOUND.len(),
        changes in prop::collection::vec(change(), 1..5),
    ) {
        let sound = sound();
        let mut bytes = sound[which].clone();
        for change in &changes {
            apply(change, &mut bytes, &sound);
        }
        let folder = tempfile::tempdir().unwrap();
        check(&bytes, &folder.path().join("changed.gguf"));
    }
}
