//! Continuous batching: one thread runs the model's steps, callers wait for
//! their logits.
//!
//! A step takes the next tokens of all sequences that are being written and a
//! chunk of one prompt. Prompts are computed one after the other: a prefill
//! fills all cores anyway, and of two agents that share a prompt's beginning
//! the second finds it computed. What a sequence gets does not depend on its
//! neighbours in the step (see [`super::runner`]).

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::cache::prefix::PrefixCache;
use super::cache::{Pool, Sequence};
use super::runner::{Logits, Runner, Segment};
use crate::engine::EngineError;

/// Tokens of a prompt in one step: enough to make use of unpacked weights for
/// many rows. Fewer while sequences are being written, which wait for them.
const CHUNK: usize = 256;
const CHUNK_BESIDE: usize = 128;

/// Longest wait for a sequence that is about to join a step.
const PATIENCE: Duration = Duration::from_millis(5);

/// How often a caller that waits looks whether it should stop.
const LOOK: Duration = Duration::from_millis(20);

/// A prompt that was computed.
pub struct Prefilled {
    pub sequence: Sequence,
    /// Of the next token.
    pub logits: Logits,
    /// Tokens that were known before.
    pub cached: usize,
}

/// Tokens to append to a sequence.
pub struct Turn {
    pub sequence: Sequence,
    pub tokens: Vec<u32>,
    /// How many of the last tokens' logits to return.
    pub wanted: usize,
}

/// A sequence after its turn, with the wanted logits.
pub type Turned = (Sequence, Vec<Logits>);

type Reply<T> = SyncSender<Result<T, EngineError>>;

/// What a caller waits for.
pub struct Pending<T> {
    receiver: Receiver<Result<T, EngineError>>,
    cancelled: Arc<AtomicBool>,
}

struct Prompt {
    tokens: Vec<u32>,
    /// From the moment it is begun, with the tokens known before.
    begun: Option<(Sequence, usize)>,
    deadline: Option<Instant>,
    cancelled: Arc<AtomicBool>,
    /// `None` if it was cancelled or too late.
    reply: Reply<Option<Prefilled>>,
}

#[derive(Default)]
struct State {
    prompts: VecDeque<Prompt>,
    turns: Vec<(Turn, Reply<Turned>)>,
    /// Sequences that are being written and will take a turn soon.
    writing: usize,
    closed: bool,
}

struct Shared {
    runner: Box<dyn Runner>,
    pool: Arc<Pool>,
    cache: Mutex<PrefixCache>,
    state: Mutex<State>,
    changed: Condvar,
}

/// The thread that runs the steps; it ends when this is dropped.
pub struct Scheduler {
    shared: Arc<Shared>,
    thread: Option<std::thread::JoinHandle<()>>,
}

/// Counts a sequence as being written while it lives.
pub struct Writing<'a>(&'a Shared);

impl Scheduler {
    pub fn new(runner: Box<dyn Runner>, pool: Arc<Pool>) -> Result<Self, EngineError> {
        let shared = Arc::new(Shared {
            runner,
            cache: Mutex::new(PrefixCache::new(&pool)),
            pool,
            state: Mutex::default(),
            changed: Condvar::new(),
        });
        let own = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("engine".into()).spawn(move || own.run());
        let thread = thread.map_err(candle_core::Error::wrap)?;
        Ok(Self { shared, thread: Some(thread) })
    }

    pub fn pool(&self) -> &Arc<Pool> {
        &self.shared.pool
    }

    pub fn cache(&self) -> MutexGuard<'_, PrefixCache> {
        self.shared.cache()
    }

    /// Computes a prompt, of which the cache may know the beginning.
    pub fn prompt(
        &self,
        tokens: Vec<u32>,
        deadline: Option<Instant>,
    ) -> Pending<Option<Prefilled>> {
        let (reply, pending) = pending();
        let cancelled = Arc::clone(&pending.cancelled);
        let prompt = Prompt { tokens, begun: None, deadline, cancelled, reply };
        self.shared.state().prompts.push_back(prompt);
        self.shared.changed.notify_all();
        pending
    }

    /// Lets sequences take turns, all in one step if they come at once.
    pub fn turns(&self, turns: impl IntoIterator<Item = Turn>) -> Vec<Pending<Turned>> {
        let mut state = self.shared.state();
        let submit = |turn| {
            let (reply, pending) = pending();
            state.turns.push((turn, reply));
            pending
        };
        let pending = turns.into_iter().map(submit).collect();
        drop(state);
        self.shared.changed.notify_all();
        pending
    }

    pub fn turn(&self, turn: Turn) -> Pending<Turned> {
        let (reply, pending) = pending();
        self.shared.state().turns.push((turn, reply));
        self.shared.changed.notify_all();
        pending
    }

    /// Says that a sequence will take turns until the guard is dropped.
    pub fn writing(&self) -> Writing<'_> {
        self.shared.state().writing += 1;
        Writing(&self.shared)
    }
}

impl Drop for Writing<'_> {
    fn drop(&mut self) {
        self.0.state().writing -= 1;
        self.0.changed.notify_all();
    }
}

impl Drop for Scheduler {
    fn drop(&mut self) {
        self.shared.state().closed = true;
        self.shared.changed.notify_all();
        if let Some(thread) = self.thread.take() {
            // It catches its panics; there is nothing to do about one here.
            thread.join().ok();
        }
    }
}

fn pending<T>() -> (Reply<T>, Pending<T>) {
    let (sender, receiver) = sync_channel(1);
    (sender, Pending { receiver, cancelled: Arc::default() })
}

impl<T> Pending<T> {
    /// Waits for the outcome.
    pub fn wait(self) -> Result<T, EngineError> {
        self.receiver.recv().unwrap_or_else(|_| Err(ended()))
    }

    /// Waits, and cancels as soon as `stop` says so.
    pub fn wait_unless(self, stop: &mut dyn FnMut() -> bool) -> Result<T, EngineError> {
        loop {
            if !self.cancelled.load(Ordering::Relaxed) && stop() {
                self.cancel();
            }
            match self.receiver.recv_timeout(LOOK) {
                Ok(outcome) => return outcome,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Err(ended()),
            }
        }
    }

    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }
}

fn ended() -> EngineError {
    candle_core::Error::Msg("the engine's thread has ended".into()).into()
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn cache(&self) -> MutexGuard<'_, PrefixCache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self) {
        let mut last = Duration::ZERO;
        let mut current = None;
        while let Some(turns) = self.next(&mut current, last / 2) {
            let began = Instant::now();
            self.step(turns, &mut current);
            last = began.elapsed();
        }
    }

    /// Waits for something to do: the turns that are asked for, and the prompt
    /// to go on with. `None` once the scheduler is dropped.
    fn next(
        &self,
        current: &mut Option<Prompt>,
        patience: Duration,
    ) -> Option<Vec<(Turn, Reply<Turned>)>> {
        let mut state = self.state();
        let latest = Instant::now() + patience.min(PATIENCE);
        loop {
            if state.closed {
                return None;
            }
            if current.is_none() {
                *current = state.prompts.pop_front();
            }
            let left = latest.saturating_duration_since(Instant::now());
            let idle = state.turns.is_empty() && current.is_none();
            state = if idle {
                self.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
            } else if state.turns.len() < state.writing && !left.is_zero() {
                let waited = self.changed.wait_timeout(state, left);
                waited.unwrap_or_else(PoisonError::into_inner).0
            } else {
                return Some(std::mem::take(&mut state.turns));
            };
        }
    }

    fn step(&self, turns: Vec<(Turn, Reply<Turned>)>, current: &mut Option<Prompt>) {
        let mut ready = Vec::with_capacity(turns.len());
        for (mut turn, reply) in turns {
            match self.reserve(&mut turn.sequence, turn.tokens.len()) {
                Ok(()) => ready.push((turn, reply)),
                Err(error) => drop(reply.send(Err(error))),
            }
        }
        let chunk = match current.take() {
            Some(prompt) => self.chunk(prompt, !ready.is_empty()),
            None => None,
        };
        let mut segments: Vec<Segment<'_>> = ready
            .iter_mut()
            .map(|(turn, _)| Segment {
                sequence: &mut turn.sequence,
                tokens: &turn.tokens,
                wanted: turn.wanted,
            })
            .collect();
        let mut chunk = chunk;
        if let Some((prompt, sequence, _, n)) = &mut chunk {
            let from = sequence.len();
            let last = from + *n == prompt.tokens.len();
            let tokens = &prompt.tokens[from..from + *n];
            segments.push(Segment { sequence, tokens, wanted: usize::from(last) });
        }
        if segments.is_empty() {
            return;
        }
        let outcome = catch_unwind(AssertUnwindSafe(|| self.runner.step(&mut segments)));
        let outcome = outcome.unwrap_or_else(|_| {
            Err(candle_core::Error::Msg("a step of the model panicked".into()).into())
        });
        let mut rows = match outcome {
            Ok(rows) => rows.into_iter(),
            Err(error) => {
                // The error has no copies; each waits for one of its own.
                let text = error.to_string();
                let copy = || candle_core::Error::Msg(text.clone()).into();
                ready.into_iter().for_each(|(_, reply)| drop(reply.send(Err(copy()))));
                if let Some((prompt, ..)) = chunk {
                    drop(prompt.reply.send(Err(error)));
                }
                return;
            }
        };
        for ((turn, reply), rows) in ready.into_iter().zip(rows.by_ref()) {
            // A caller that has gone needs no answer.
            drop(reply.send(Ok((turn.sequence, rows))));
        }
        if let Some((mut prompt, sequence, cached, _)) = chunk {
            match rows.next().and_then(|mut rows| rows.pop()) {
                Some(logits) => {
                    self.cache().put(&sequence);
                    drop(prompt.reply.send(Ok(Some(Prefilled { sequence, logits, cached }))));
                }
                None => {
                    prompt.begun = Some((sequence, cached));
                    *current = Some(prompt);
                }
            }
        }
    }

    /// Makes the next chunk of a prompt ready: the prompt, its sequence, the
    /// tokens known before, and the chunk's length. A prompt that is not to be
    /// gone on with is answered.
    fn chunk(&self, mut prompt: Prompt, beside: bool) -> Option<(Prompt, Sequence, usize, usize)> {
        let begun = prompt.begun.take();
        let (mut sequence, cached) = begun.unwrap_or_else(|| {
            let sequence = self.cache().find(&prompt.tokens);
            let cached = sequence.len();
            (sequence, cached)
        });
        let late = prompt.deadline.is_some_and(|deadline| Instant::now() >= deadline);
        if late || prompt.cancelled.load(Ordering::Relaxed) {
            self.cache().put(&sequence);
            drop(prompt.reply.send(Ok(None)));
            return None;
        }
        let most = if beside { CHUNK_BESIDE } else { CHUNK };
        // On a device all chunks but the last fill whole blocks.
        let most = if self.pool.is_on_device() { self.pool.block_len() } else { most };
        let n = (prompt.tokens.len() - sequence.len()).min(most);
        match self.reserve(&mut sequence, n) {
            Ok(()) => Some((prompt, sequence, cached, n)),
            Err(error) => {
                drop(prompt.reply.send(Err(error)));
                None
            }
        }
    }

    /// Makes room, at the cost of what the cache keeps.
    fn reserve(&self, sequence: &mut Sequence, count: usize) -> Result<(), EngineError> {
        while !sequence.reserve(count)? {
            if !self.cache().evict() {
                return Err(EngineError::CacheFull { tokens: sequence.len() + count });
            }
        }
        Ok(())
    }
}
