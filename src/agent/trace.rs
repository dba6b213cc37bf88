//! Records what happens in a review, as the story that `forewarn show --trace`
//! tells.

use crate::engine::Completion;
use crate::store::{TraceEvent, TraceKind};

/// The record of one stage or of one agent within it. Concurrent agents each
/// write their own; the stage joins them in a fixed order.
#[derive(Debug, Clone, Default)]
pub struct Trace {
    stage: String,
    agent: String,
    events: Vec<TraceEvent>,
}

impl Trace {
    pub fn new(stage: &str, agent: &str) -> Self {
        Self { stage: stage.to_owned(), agent: agent.to_owned(), events: Vec::new() }
    }

    pub fn add(&mut self, kind: TraceKind, text: impl Into<String>) {
        let event = self.event(kind, text.into());
        self.events.push(event);
    }

    pub fn note(&mut self, text: impl Into<String>) {
        self.add(TraceKind::Note, text);
    }

    pub fn completion(&mut self, completion: &Completion) {
        let mut event = self.event(TraceKind::Completion, completion.text.clone());
        event.prompt_tokens = completion.prompt_tokens;
        event.cached_tokens = completion.cached_tokens;
        event.completion_tokens = completion.completion_tokens;
        event.milliseconds = (completion.prefill + completion.decode).as_millis() as u64;
        self.events.push(event);
    }

    pub fn timed(&mut self, kind: TraceKind, text: impl Into<String>, milliseconds: u64) {
        let mut event = self.event(kind, text.into());
        event.milliseconds = milliseconds;
        self.events.push(event);
    }

    /// Appends another record.
    pub fn join(&mut self, other: Trace) {
        self.events.extend(other.events);
    }

    pub fn events(&self) -> &[TraceEvent] {
        &self.events
    }

    pub fn into_events(self) -> Vec<TraceEvent> {
        self.events
    }

    fn event(&self, kind: TraceKind, text: String) -> TraceEvent {
        TraceEvent {
            stage: self.stage.clone(),
            agent: self.agent.clone(),
            kind,
            text,
            prompt_tokens: 0,
            cached_tokens: 0,
            completion_tokens: 0,
            milliseconds: 0,
        }
    }
}
