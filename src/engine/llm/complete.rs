//! Computes completions and scores: prefill, then token by token.

use std::ops::ControlFlow;
use std::time::Instant;

use super::constraint::Constraint;
use super::decoder::Wanted;
use super::replay::Script;
use super::sampler::{Sampler, log_probability};
use super::sequence::Sequence;
use super::stream::TextStream;
use super::{CHUNK, LocalLlm};
use crate::engine::{Completion, EngineError, Finish, Message, Request};

type Logits = Vec<f32>;

/// A prompt after its prefill.
struct Prefilled {
    sequence: Sequence,
    /// Of the next token.
    logits: Logits,
    cached: usize,
}

/// `script` takes the place of the sampler.
pub(super) fn complete(
    llm: &LocalLlm,
    request: &Request<'_>,
    script: Option<Script>,
    on_text: &mut dyn FnMut(&str) -> ControlFlow<()>,
) -> Result<Completion, EngineError> {
    let began = Instant::now();
    let tokens = llm.prompt(request.messages, request.prefix)?;
    check_length(llm, tokens.len())?;
    let constraint = match request.grammar {
        Some(grammar) => Some(llm.constraints()?.start(grammar)?),
        None => None,
    };
    // The text so far is empty; a caller may still break off.
    let prefilled = prefill(llm, &tokens, request.deadline, &mut || on_text("").is_break())?;
    let prefill = began.elapsed();
    let mut completion = Completion {
        text: String::new(),
        finish: Finish::Cancelled,
        prompt_tokens: tokens.len(),
        cached_tokens: 0,
        completion_tokens: 0,
        prefill,
        decode: Default::default(),
    };
    let Some(prefilled) = prefilled else { return Ok(completion) };
    completion.cached_tokens = prefilled.cached;
    let mut writer = Writer {
        llm,
        request,
        sampler: Sampler::new(request.sampling),
        script,
        constraint,
        text: TextStream::default(),
        written: 0,
        on_text,
    };
    completion.finish = writer.write(prefilled)?;
    completion.completion_tokens = writer.written;
    completion.text = writer.text.finish();
    completion.decode = began.elapsed() - prefill;
    Ok(completion)
}

pub(super) fn score(
    llm: &LocalLlm,
    messages: &[Message],
    prefix: &str,
    candidates: &[&str],
) -> Result<Vec<f64>, EngineError> {
    let prompt = llm.prompt(messages, prefix)?;
    check_length(llm, prompt.len())?;
    let candidates: Vec<Vec<u32>> = candidates
        .iter()
        .map(|candidate| llm.vocabulary.encode(candidate))
        .collect::<Result<_, _>>()?;
    let longest = candidates.iter().map(Vec::len).max().unwrap_or(0);
    check_length(llm, (prompt.len() + longest).saturating_sub(1))?;
    let Some(mut prefilled) = prefill(llm, &prompt, None, &mut || false)? else {
        return Ok(Vec::new());
    };
    let mut scores = Vec::with_capacity(candidates.len());
    for candidate in &candidates {
        let [first, rest @ ..] = candidate.as_slice() else {
            scores.push(0.0);
            continue;
        };
        let mut sum = log_probability(&prefilled.logits, *first);
        if !rest.is_empty() {
            let sequence = &mut prefilled.sequence;
            let before = &candidate[..rest.len()];
            let Some(rows) = step(llm, before, sequence, Wanted::All, None)? else { continue };
            sum += rows.iter().zip(rest).map(|(row, &t)| log_probability(row, t)).sum::<f64>();
            sequence.truncate(prompt.len());
        }
        scores.push(sum);
    }
    Ok(scores)
}

pub(super) fn logits(
    llm: &LocalLlm,
    tokens: &[u32],
    chunk: usize,
) -> Result<Vec<Logits>, EngineError> {
    check_length(llm, tokens.len().saturating_sub(1))?;
    if let Some(&token) = tokens.iter().find(|&&token| token as usize >= llm.vocabulary.len()) {
        return Err(EngineError::Tokenizer(format!("there is no token {token}")));
    }
    let mut sequence = Sequence::new(llm.decoder.cache_shape(), llm.decoder.device().clone());
    let mut rows = Vec::with_capacity(tokens.len());
    for part in tokens.chunks(chunk.max(1)) {
        rows.extend(step(llm, part, &mut sequence, Wanted::All, None)?.unwrap_or_default());
    }
    Ok(rows)
}

fn check_length(llm: &LocalLlm, tokens: usize) -> Result<(), EngineError> {
    let context = llm.info.context;
    if tokens >= context { Err(EngineError::TooLong { tokens, context }) } else { Ok(()) }
}

/// Computes a prompt. `None` if the deadline passed or `stop` said so; what was
/// computed until then stays in the cache.
fn prefill(
    llm: &LocalLlm,
    tokens: &[u32],
    deadline: Option<Instant>,
    stop: &mut dyn FnMut() -> bool,
) -> Result<Option<Prefilled>, EngineError> {
    if tokens.is_empty() {
        return Err(EngineError::Tokenizer("the prompt is empty".into()));
    }
    let Some(turn) = llm.prefills.wait(deadline) else { return Ok(None) };
    let (shape, device) = (llm.decoder.cache_shape(), llm.decoder.device().clone());
    let found = llm.cache().find(tokens);
    let mut sequence = match &found {
        Some((prefix, length)) => Sequence::fork(shape, device, prefix, *length)?,
        None => Sequence::new(shape, device),
    };
    drop(found);
    let cached = sequence.len();
    // Room for all at once, and for some words of the completion.
    sequence.reserve(tokens.len() - cached + CHUNK)?;
    let mut logits = None;
    // Chunks begin at multiples of their size: see `prefix`.
    for chunk in tokens[cached..].chunks(CHUNK) {
        if stop() {
            break;
        }
        let last = sequence.len() + chunk.len() == tokens.len();
        let wanted = if last { Wanted::Last } else { Wanted::Nothing };
        match step(llm, chunk, &mut sequence, wanted, deadline)? {
            Some(mut rows) if last => logits = rows.pop(),
            Some(_) => {}
            None => break,
        }
    }
    let mut cache = llm.cache();
    let whole = cache.whole(sequence.len());
    cache.put(sequence.prefix(whole));
    drop(cache);
    drop(turn);
    Ok(logits.map(|logits| Prefilled { sequence, logits, cached }))
}

/// Runs the decoder when it is this sequence's turn. `None` once the deadline
/// has passed.
fn step(
    llm: &LocalLlm,
    tokens: &[u32],
    sequence: &mut Sequence,
    wanted: Wanted,
    deadline: Option<Instant>,
) -> Result<Option<Vec<Logits>>, EngineError> {
    let Some(_turn) = llm.steps.wait(deadline) else { return Ok(None) };
    if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
        return Ok(None);
    }
    let mut run = || llm.decoder.forward(tokens, sequence, wanted);
    let rows = match &llm.pool {
        Some(pool) => pool.install(run),
        // From within the pool: a product called from outside it blocks on a
        // wake-up, 240 times a token.
        None => rayon::scope(|_| run()),
    };
    Ok(Some(rows?))
}

/// One completion being written.
struct Writer<'a> {
    llm: &'a LocalLlm,
    request: &'a Request<'a>,
    sampler: Sampler,
    script: Option<Script>,
    constraint: Option<Constraint>,
    text: TextStream,
    written: usize,
    on_text: &'a mut dyn FnMut(&str) -> ControlFlow<()>,
}

impl Writer<'_> {
    fn write(&mut self, prefilled: Prefilled) -> Result<Finish, EngineError> {
        let Prefilled { mut sequence, mut logits, .. } = prefilled;
        loop {
            if self.is_done() {
                return Ok(Finish::Stop);
            }
            let room = (self.llm.info.context - sequence.len())
                .min(self.request.max_tokens.saturating_sub(self.written));
            if room == 0 {
                return Ok(Finish::Length);
            }
            let next = self.next(&logits, room)?;
            for (at, &token) in next.iter().enumerate() {
                if self.llm.vocabulary.ends().contains(&token) {
                    return Ok(Finish::Stop);
                }
                if let Some(constraint) = &mut self.constraint {
                    constraint.accept(&next[at..=at])?;
                }
                self.sampler.saw(token);
                if let Some(script) = &mut self.script {
                    script.saw(token, &self.llm.vocabulary)?;
                }
                self.written += 1;
                let text = self.text.push(self.llm.vocabulary.written(token));
                if !text.is_empty() && (self.on_text)(text).is_break() {
                    return Ok(Finish::Cancelled);
                }
            }
            if self.is_done() {
                return Ok(Finish::Stop);
            }
            if self.written >= self.request.max_tokens {
                return Ok(Finish::Length);
            }
            let deadline = self.request.deadline;
            let rows = step(self.llm, &next, &mut sequence, Wanted::Last, deadline)?;
            match rows.and_then(|mut rows| rows.pop()) {
                Some(row) => logits = row,
                None => return Ok(Finish::Cancelled),
            }
        }
    }

    fn is_done(&self) -> bool {
        self.constraint.as_ref().is_some_and(Constraint::is_done)
    }

    /// The tokens that come next: all that the grammar forces, else one.
    fn next(&mut self, logits: &[f32], room: usize) -> Result<Vec<u32>, EngineError> {
        let words = self.llm.vocabulary.len() as u32;
        let picked = match &mut self.constraint {
            None => match &self.script {
                Some(script) => Some(script.pick(&self.llm.vocabulary)),
                None => self.sampler.pick(logits, |token| token < words),
            },
            Some(constraint) => {
                let mut forced = constraint.forced();
                if !forced.is_empty() {
                    forced.truncate(room);
                    return Ok(forced);
                }
                let allowed = constraint.allowed()?;
                if allowed.is_zero() {
                    return Err(EngineError::Grammar("it accepts nothing more here".into()));
                }
                let scripted = self.script.as_ref().map(|s| s.pick(&self.llm.vocabulary));
                scripted.filter(|&token| allowed.is_allowed(token)).or_else(|| {
                    self.sampler.pick(logits, |token| token < words && allowed.is_allowed(token))
                })
            }
        };
        picked.map(|token| vec![token]).ok_or_else(|| EngineError::Damaged {
            path: self.llm.path.clone(),
            reason: "its weights give no probabilities".into(),
        })
    }
}
