//! The engine as the benchmarks use it. What they need beyond the `Llm` trait
//! stands here and nowhere else.

use std::path::Path;

use anyhow::ensure;
use forewarn::engine::llm::{DeviceChoice, LoadOptions, LocalLlm, load};
use forewarn::engine::{Completion, Grammar, Llm, Message, Request, Sampling};

pub struct Ours {
    llm: LocalLlm,
    /// Words that are one token each after a space.
    words: Vec<String>,
    random: u64,
}

/// Words that every vocabulary of the tests has as tokens; those that one lacks
/// are left out.
const TEXT: &str = include_str!("../../docs/ARCHITECTURE.md");

pub fn open(path: &Path, threads: usize) -> anyhow::Result<LocalLlm> {
    let options = LoadOptions {
        name: "benchmark".into(),
        // As in the program, which has it from when the model was installed.
        digest: Some("benchmark".into()),
        threads,
        device: DeviceChoice::Cpu,
        ..LoadOptions::default()
    };
    Ok(load(path, &options)?)
}

impl Ours {
    pub fn open(path: &Path, threads: usize) -> anyhow::Result<Self> {
        let llm = open(path, threads)?;
        let mut words: Vec<String> = TEXT
            .split(|c: char| !c.is_ascii_lowercase())
            .filter(|word| word.len() > 2)
            .map(|word| format!(" {word}"))
            .filter(|word| llm.count(word).is_ok_and(|tokens| tokens == 1))
            .collect();
        words.sort();
        words.dedup();
        ensure!(words.len() > 200, "only {} words of the text are tokens", words.len());
        // Of the process, so that no run finds what another one computed.
        let random = u64::from(std::process::id()) | 1;
        Ok(Self { llm, words, random })
    }

    fn word(&mut self) -> String {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.words[(self.random >> 11) as usize % self.words.len()].clone()
    }

    /// A text of so many tokens that no other is like.
    pub fn text(&mut self, tokens: usize) -> String {
        (0..tokens).map(|_| self.word()).collect()
    }

    /// A conversation of so many tokens, template included; the shortest one
    /// for 0.
    pub fn prompt(&mut self, tokens: usize) -> anyhow::Result<Vec<Message>> {
        let least = self.llm.count_prompt(&[Message::user(" go")], "")?;
        let mut words = tokens.saturating_sub(least) + 1;
        for _ in 0..4 {
            let messages = vec![Message::user(self.text(words))];
            let got = self.llm.count_prompt(&messages, "")?;
            if got == tokens.max(least) {
                return Ok(messages);
            }
            words = (words + tokens).saturating_sub(got).max(1);
        }
        anyhow::bail!("no text gives a prompt of exactly {tokens} tokens")
    }

    /// Writes so many tokens after a prompt, whatever the model would choose.
    pub fn write(&self, messages: &[Message], text: &str) -> anyhow::Result<Completion> {
        replay(&self.llm, messages, None, text)
    }
}

/// One request with its output forced.
pub fn replay(
    llm: &LocalLlm,
    messages: &[Message],
    grammar: Option<&Grammar>,
    output: &str,
) -> anyhow::Result<Completion> {
    let output = llm.encode(output)?;
    let request = Request {
        messages,
        prefix: "",
        grammar,
        sampling: Sampling::default(),
        max_tokens: output.len().max(1),
        deadline: None,
    };
    Ok(llm.replay(&request, &output)?)
}
