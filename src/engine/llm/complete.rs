//! Computes completions and scores: prefill, then a few tokens a step.

use std::ops::ControlFlow;
use std::time::Instant;

use super::LocalLlm;
use super::cache::Sequence;
use super::constraint::{Allowed, Constraint};
use super::replay::Script;
use super::runner::Logits;
use super::sampler::{Sampler, log_probability};
use super::schedule::{Prefilled, Turn};
use super::speculate::Lookup;
use super::stream::TextStream;
use crate::engine::{Completion, EngineError, Finish, Message, Request};

/// Rows of a step by [`logits`].
const ROWS: usize = 256;

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
    let known = llm.begin_static(request.messages, &tokens);
    let pending = llm.scheduler.prompt(tokens.clone(), request.deadline);
    // Beside the prefill.
    let constraint = match request.grammar.map(|grammar| llm.constraints()?.start(grammar)) {
        Some(Err(error)) => {
            pending.cancel();
            return Err(error);
        }
        Some(Ok(constraint)) => Some(constraint),
        None => None,
    };
    // The text so far is empty; a caller may still break off.
    let prefilled = pending.wait_unless(&mut || on_text("").is_break())?;
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
    llm.save_static(known, &prefilled.sequence);
    completion.cached_tokens = prefilled.cached;
    let mut writer = Writer {
        llm,
        request,
        sampler: Sampler::new(request.sampling),
        script,
        constraint,
        lookup: llm.speculates.then(|| Lookup::new(&tokens)),
        text: TextStream::default(),
        written: 0,
        on_text,
    };
    let writing = llm.scheduler.writing();
    completion.finish = writer.write(prefilled)?;
    drop(writing);
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
    let Some(prefilled) = llm.scheduler.prompt(prompt, None).wait()? else {
        return Ok(Vec::new());
    };
    // The candidates of several tokens branch off the prompt, all in one step.
    let branch = |candidate: &Vec<u32>| {
        let [before @ .., _] = candidate.as_slice() else { return None };
        let (sequence, wanted) = (prefilled.sequence.fork(), before.len());
        (wanted > 0).then(|| Turn { sequence, tokens: before.to_vec(), wanted })
    };
    let mut branches = llm.scheduler.turns(candidates.iter().filter_map(branch)).into_iter();
    candidates
        .iter()
        .map(|candidate| {
            let [first, rest @ ..] = candidate.as_slice() else { return Ok(0.0) };
            let mut sum = log_probability(&prefilled.logits, *first);
            if let Some(branch) = branches.by_ref().take(usize::from(!rest.is_empty())).next() {
                let (_, rows) = branch.wait()?;
                sum += rows.iter().zip(rest).map(|(row, &t)| log_probability(row, t)).sum::<f64>();
            }
            Ok(sum)
        })
        .collect()
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
    let mut sequence = Sequence::new(llm.scheduler.pool());
    let mut rows = Vec::with_capacity(tokens.len());
    for part in tokens.chunks(chunk.clamp(1, ROWS)) {
        let turn = Turn { sequence, tokens: part.to_vec(), wanted: part.len() };
        let (after, more) = llm.scheduler.turn(turn).wait()?;
        sequence = after;
        rows.extend(more);
    }
    Ok(rows)
}

fn check_length(llm: &LocalLlm, tokens: usize) -> Result<(), EngineError> {
    let context = llm.info.context;
    if tokens >= context { Err(EngineError::TooLong { tokens, context }) } else { Ok(()) }
}

/// One completion being written.
struct Writer<'a> {
    llm: &'a LocalLlm,
    request: &'a Request<'a>,
    sampler: Sampler,
    script: Option<Script>,
    constraint: Option<Constraint>,
    lookup: Option<Lookup>,
    text: TextStream,
    written: usize,
    on_text: &'a mut dyn FnMut(&str) -> ControlFlow<()>,
}

impl Writer<'_> {
    fn write(&mut self, prefilled: Prefilled) -> Result<Finish, EngineError> {
        let Prefilled { mut sequence, logits, .. } = prefilled;
        let mut rows = vec![logits];
        // What stands in the step's rows beyond the first: guesses.
        let mut guess: Vec<u32> = Vec::new();
        let mut allowed = None;
        loop {
            // Each row gives the next token; while it is the one guessed, the
            // next row holds as well.
            let mut next = Vec::new();
            let mut right = 0;
            for (at, row) in rows.iter().enumerate() {
                if self.is_done() {
                    return Ok(self.finish(Finish::Stop, &sequence));
                }
                if self.room(&sequence) == 0 {
                    return Ok(self.finish(Finish::Length, &sequence));
                }
                let token = self.pick(row, allowed.take())?;
                if let Some(finish) = self.emit(token)? {
                    return Ok(self.finish(finish, &sequence));
                }
                if guess.get(at) != Some(&token) {
                    next.push(token);
                    break;
                }
                right += 1;
            }
            if let Some(lookup) = &mut self.lookup {
                lookup.judge(right, guess.len());
            }
            sequence.truncate(sequence.len() - (guess.len() - right));
            // What the grammar forces needs no step of its own.
            while self.room_for(&sequence, next.len()) > 0 && !self.is_done() {
                let Some(token) = self.constraint.as_mut().and_then(Constraint::forced) else {
                    break;
                };
                if let Some(finish) = self.emit(token)? {
                    return Ok(self.finish(finish, &sequence));
                }
                next.push(token);
            }
            if self.is_done() {
                return Ok(self.finish(Finish::Stop, &sequence));
            }
            let room = self.room_for(&sequence, next.len());
            if room == 0 {
                return Ok(self.finish(Finish::Length, &sequence));
            }
            if self.request.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                return Ok(self.finish(Finish::Cancelled, &sequence));
            }
            guess = self.guess(room - 1)?;
            next.extend(&guess);
            let turn = Turn { sequence, tokens: next, wanted: guess.len() + 1 };
            let pending = self.llm.scheduler.turn(turn);
            // Beside the step.
            allowed = self.constraint.as_mut().map(Constraint::allowed).transpose()?;
            (sequence, rows) = pending.wait()?;
        }
    }

    /// Keeps what was computed: the agent's next prompt begins with it.
    fn finish(&self, finish: Finish, sequence: &Sequence) -> Finish {
        self.llm.scheduler.cache().put(sequence);
        finish
    }

    fn is_done(&self) -> bool {
        self.constraint.as_ref().is_some_and(Constraint::is_done)
    }

    /// Tokens that may still be written.
    fn room(&self, sequence: &Sequence) -> usize {
        self.room_for(sequence, 0)
    }

    /// The same behind some that are not in the sequence yet.
    fn room_for(&self, sequence: &Sequence, ahead: usize) -> usize {
        let window = self.llm.info.context.saturating_sub(sequence.len() + ahead);
        window.min(self.request.max_tokens.saturating_sub(self.written))
    }

    fn guess(&mut self, most: usize) -> Result<Vec<u32>, EngineError> {
        let Some(lookup) = &self.lookup else { return Ok(Vec::new()) };
        let mut guess = lookup.guess(most).to_vec();
        if let Some(constraint) = &mut self.constraint {
            guess.truncate(constraint.accepted(&guess)?);
        }
        Ok(guess)
    }

    /// Takes in a token; `Some` if the completion ends with it.
    fn emit(&mut self, token: u32) -> Result<Option<Finish>, EngineError> {
        if self.llm.vocabulary.ends().contains(&token) {
            return Ok(Some(Finish::Stop));
        }
        if let Some(constraint) = &mut self.constraint {
            constraint.accept(&[token])?;
        }
        self.sampler.saw(token);
        if let Some(script) = &mut self.script {
            script.saw(token, &self.llm.vocabulary)?;
        }
        if let Some(lookup) = &mut self.lookup {
            lookup.saw(token);
        }
        self.written += 1;
        let text = self.text.push(self.llm.vocabulary.written(token));
        if !text.is_empty() && (self.on_text)(text).is_break() {
            return Ok(Some(Finish::Cancelled));
        }
        Ok(None)
    }

    /// The token that comes next: the first that the grammar forces, else one
    /// of those it allows.
    fn pick(&mut self, logits: &[f32], allowed: Option<Allowed>) -> Result<u32, EngineError> {
        let words = self.llm.vocabulary.len() as u32;
        let scripted = self.script.as_ref().map(|script| script.pick(&self.llm.vocabulary));
        let picked = match &mut self.constraint {
            None => scripted.or_else(|| self.sampler.pick(logits, |token| token < words)),
            Some(constraint) => {
                if let Some(forced) = constraint.forced() {
                    return Ok(forced);
                }
                let allowed = match allowed {
                    Some(allowed) => allowed,
                    None => constraint.allowed()?,
                };
                if allowed.is_zero() {
                    return Err(EngineError::Grammar("it accepts nothing more here".into()));
                }
                scripted.filter(|&token| allowed.is_allowed(token)).or_else(|| {
                    self.sampler.pick(logits, |token| token < words && allowed.is_allowed(token))
                })
            }
        };
        picked.ok_or_else(|| EngineError::Damaged {
            path: self.llm.path.clone(),
            reason: "its weights give no probabilities".into(),
        })
    }
}
