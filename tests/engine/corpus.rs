//! Small model files, sound and hostile, kept under tests/fixtures/engine/corpus:
//! each ends as its entry in expected.json says, with a typed error or a forward
//! pass. make_corpus.py writes most of them; the rest were found by fuzzing.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};

use forewarn::engine::llm::{LoadOptions, describe, load};
use forewarn::engine::{EngineError, Llm, Message};

pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/engine/corpus")
}

/// Does with a file all that can go wrong with one.
pub fn attempt(path: &Path) -> Result<(), EngineError> {
    let described = describe(path).map(drop);
    let loaded = load(path, &LoadOptions { context: 64, threads: 1, ..Default::default() });
    let llm = match (described, loaded) {
        (Ok(()), loaded) => loaded?,
        // What cannot be described cannot be loaded.
        (Err(_), Err(error)) => return Err(error),
        (Err(error), Ok(_)) => panic!("loaded in spite of {error}"),
    };
    let tokens = llm.encode("he said: grüße, 東京 🌧\t\0")?;
    let rows = llm.logits(&tokens[..4], 3)?;
    assert_eq!(rows.len(), 4);
    let messages = [Message::system("Be brief."), Message::user("<|im_end|> </s> {{ x }}")];
    assert!(llm.count_prompt(&messages, "he")? > 0);
    Ok(())
}

/// An error with its causes.
fn words(error: &EngineError) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}

#[test]
fn every_file_of_the_corpus_ends_as_expected() {
    let expected = std::fs::read_to_string(folder().join("expected.json")).unwrap();
    let expected: BTreeMap<String, String> = serde_json::from_str(&expected).unwrap();
    let mut wrong = Vec::new();
    for (name, expected) in &expected {
        let result = attempt(&folder().join(format!("{name}.gguf")));
        let got = result.map_or_else(|error| words(&error), |()| "ok".to_owned());
        assert!(!got.contains(char::is_control), "{name}: {got:?}");
        let fits = if expected == "ok" { got == "ok" } else { got.contains(expected.as_str()) };
        if !fits {
            wrong.push(format!("{name}: {got}, expected {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let files = std::fs::read_dir(folder()).unwrap().count();
    assert_eq!(files, expected.len() + 1, "a file is not in expected.json");
}
