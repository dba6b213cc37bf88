//! Computes a recorded review again, with its outputs forced.

use std::path::PathBuf;
use std::time::Instant;

use forewarn::engine::llm::LocalLlm;
use forewarn::engine::{Grammar, Llm};
use serde_json::{Value, json};

use super::fixture::{Agent, Kind, Recording};
use super::measure::peak_memory;
use super::{Model, ours};

#[derive(clap::Args)]
pub struct Args {
    recording: PathBuf,
    #[command(flatten)]
    model: Model,
    /// Leaves the grammars out.
    #[arg(long)]
    free: bool,
}

/// Of the completions; a score does not say what it found computed.
#[derive(Default)]
struct Tokens {
    prompt: usize,
    cached: usize,
    written: usize,
    /// Requests whose text is not the recorded one: the grammar does not accept
    /// it in this model's tokens.
    astray: usize,
}

pub fn run(args: &Args) -> anyhow::Result<Value> {
    let recording = Recording::read(&args.recording)?;
    let llm = ours::open(&args.model.model, args.model.threads)?;
    let (mut total, mut stages) = (Tokens::default(), Vec::new());
    let began = Instant::now();
    for stage in &recording.stages {
        let stage_began = Instant::now();
        let done: Vec<anyhow::Result<Tokens>> = std::thread::scope(|scope| {
            let agents: Vec<_> = stage
                .iter()
                .map(|agent| scope.spawn(|| replay(&llm, &recording, agent, args.free)))
                .collect();
            agents.into_iter().map(|a| a.join().expect("an agent panicked")).collect()
        });
        for tokens in done {
            let tokens = tokens?;
            total.prompt += tokens.prompt;
            total.cached += tokens.cached;
            total.written += tokens.written;
            total.astray += tokens.astray;
        }
        stages.push(stage_began.elapsed().as_secs_f64());
    }
    Ok(json!({
        "seconds": began.elapsed().as_secs_f64(),
        "stages": stages,
        "prompt_tokens": total.prompt,
        "cached_tokens": total.cached,
        "written_tokens": total.written,
        "astray": total.astray,
        "peak_mb": peak_memory()?,
    }))
}

fn replay(
    llm: &LocalLlm,
    recording: &Recording,
    agent: &Agent,
    free: bool,
) -> anyhow::Result<Tokens> {
    let mut tokens = Tokens::default();
    for recorded in agent {
        let messages = recording.messages(recorded);
        match &recorded.kind {
            Kind::Complete { grammar, output, .. } => {
                let grammar = grammar.as_ref().filter(|_| !free).map(Grammar::from);
                let done = ours::replay(llm, &messages, grammar.as_ref(), output)?;
                tokens.prompt += done.prompt_tokens;
                tokens.cached += done.cached_tokens;
                tokens.written += done.completion_tokens;
                tokens.astray += usize::from(done.text != *output);
            }
            Kind::Score { candidates } => {
                let candidates: Vec<&str> = candidates.iter().map(String::as_str).collect();
                llm.score(&messages, &recorded.prefix, &candidates)?;
            }
        }
    }
    Ok(tokens)
}
