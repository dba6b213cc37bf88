//! Requests to an endpoint: one answer as JSON, or a stream, each with the
//! patience that the settings allow.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::chat::{Usage, delta, message_of};
use super::error::RemoteError;
use super::link::{Exchange, Link, Piece};
use crate::engine::Finish;

/// How often a waiting call looks whether it is still wanted.
const TICK: Duration = Duration::from_millis(50);
/// The first pause before another attempt, and the longest.
const PAUSE: Duration = Duration::from_millis(250);
const MAX_PAUSE: Duration = Duration::from_secs(8);
/// The longest pause that a server may ask for.
const MAX_ASKED: u64 = 30;
/// Bytes of an error's body that are read.
const MAX_COMPLAINT: usize = 16_384;

/// Whoever waits for a call: until when, and the text as it comes.
pub struct Watch<'a> {
    deadline: Option<Instant>,
    on_text: &'a mut dyn FnMut(&str) -> ControlFlow<()>,
    /// Whether text is kept back until its form was checked.
    held: bool,
    /// What was passed on: another attempt must not repeat it.
    sent: String,
}

impl<'a> Watch<'a> {
    pub fn new(
        deadline: Option<Instant>,
        held: bool,
        on_text: &'a mut dyn FnMut(&str) -> ControlFlow<()>,
    ) -> Self {
        Self { deadline, on_text, held, sent: String::new() }
    }

    /// Whether the deadline passed or the caller broke off.
    pub fn is_over(&mut self) -> bool {
        self.deadline.is_some_and(|d| Instant::now() >= d) || (self.on_text)("").is_break()
    }

    /// Passes on what is new of the text so far. `None` if it is not what an
    /// earlier attempt began with.
    fn show(&mut self, text: &str) -> Option<ControlFlow<()>> {
        if self.held {
            return Some((self.on_text)(""));
        }
        if text.len() <= self.sent.len() {
            return self.sent.starts_with(text).then_some(ControlFlow::Continue(()));
        }
        let new = text.strip_prefix(self.sent.as_str())?;
        self.sent.push_str(new);
        Some((self.on_text)(new))
    }

    /// Passes on a text that was kept back.
    pub fn release(&mut self, text: &str) -> ControlFlow<()> {
        (self.on_text)(text)
    }

    /// Waits before another attempt; false if it is no longer wanted.
    pub fn pause(&mut self, attempt: u32, error: &RemoteError) -> bool {
        let asked = match error {
            RemoteError::Status { retry_after: Some(seconds), .. } => {
                Some(Duration::from_secs((*seconds).min(MAX_ASKED)))
            }
            _ => None,
        };
        let doubled = PAUSE.saturating_mul(1 << attempt.min(16)).min(MAX_PAUSE);
        let until = Instant::now() + asked.unwrap_or(doubled);
        loop {
            if self.is_over() {
                return false;
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return true;
            }
            std::thread::sleep(left.min(TICK));
        }
    }
}

/// A streamed completion.
#[derive(Debug)]
pub struct Written {
    pub text: String,
    pub finish: Finish,
    pub usage: Option<Usage>,
    /// Parts of text that came, about one for each token.
    pub parts: usize,
    /// When the first text came.
    pub first: Option<Instant>,
}

/// What calls go through.
pub struct Caller {
    pub link: Link,
    pub address: String,
    pub retries: u32,
    pub silence: Duration,
}

impl Caller {
    /// The answer as JSON, after as many attempts as the settings allow. It
    /// must begin to come within `silence`, at most the settings' own.
    pub fn json(
        &self,
        path: &str,
        body: Option<&Value>,
        silence: Duration,
    ) -> Result<Value, RemoteError> {
        let mut unwatched = |_: &str| ControlFlow::Continue(());
        let mut watch = Watch::new(None, true, &mut unwatched);
        let mut attempt = 0;
        loop {
            match self.json_once(path, body, silence.min(self.silence)) {
                Err(error)
                    if error.is_passing()
                        && attempt < self.retries
                        && watch.pause(attempt, &error) =>
                {
                    attempt += 1;
                }
                result => return result,
            }
        }
    }

    fn json_once(
        &self,
        path: &str,
        body: Option<&Value>,
        silence: Duration,
    ) -> Result<Value, RemoteError> {
        let mut exchange = self.link.send(path, body.map(Value::to_string))?;
        let mut next = || exchange.next(silence)?.ok_or_else(|| self.silent(silence));
        let (mut text, mut status) = (String::new(), None);
        loop {
            match next()? {
                Piece::Status { code, retry_after } => status = Some((code, retry_after)),
                Piece::Line(line) => {
                    text.push_str(&line);
                    text.push('\n');
                }
                Piece::End => break,
            }
        }
        match status {
            Some((200..=299, _)) => serde_json::from_str(&text).map_err(|error| {
                self.malformed(format!("the answer to {path} is not JSON: {error}"))
            }),
            Some((code, retry_after)) => Err(self.status(code, retry_after, &text)),
            None => Err(self.malformed("an answer without a status".into())),
        }
    }

    /// One attempt at a streamed completion of at most `most` bytes. A server
    /// that goes on from a prefix may repeat it first.
    pub fn stream(
        &self,
        path: &str,
        body: &Value,
        prefix: &str,
        most: usize,
        watch: &mut Watch<'_>,
    ) -> Result<Written, RemoteError> {
        let mut exchange = self.link.send(path, Some(body.to_string()))?;
        let (mut written, mut finish) = (Written::empty(), None);
        let mut said = String::new();
        let mut heard = Instant::now();
        written.finish = loop {
            if watch.is_over() {
                return Ok(written);
            }
            let Some(piece) = exchange.next(TICK)? else {
                if heard.elapsed() >= self.silence {
                    return Err(self.silent(self.silence));
                }
                continue;
            };
            heard = Instant::now();
            let line = match piece {
                Piece::Status { code: 200..=299, .. } => continue,
                Piece::Status { code, retry_after } => {
                    let body = self.complaint(&mut exchange)?;
                    return Err(self.status(code, retry_after, &body));
                }
                Piece::Line(line) => line,
                // Without a word of why, it was cut.
                Piece::End => break finish.ok_or_else(|| self.cut())?,
            };
            let delta = delta(&line).map_err(|reason| self.malformed(reason))?;
            finish = delta.finish.or(finish);
            written.usage = delta.usage.or(written.usage);
            if delta.done {
                break finish.unwrap_or(Finish::Stop);
            }
            if delta.text.is_empty() {
                continue;
            }
            written.first.get_or_insert_with(Instant::now);
            written.parts += 1;
            said.push_str(&delta.text);
            if said.len() < prefix.len() && prefix.starts_with(&said) {
                continue;
            }
            written.text.replace_range(.., said.strip_prefix(prefix).unwrap_or(&said));
            if said.len() > most {
                return Err(self.malformed("it writes more than it was asked for".into()));
            }
            match watch.show(&written.text) {
                Some(ControlFlow::Continue(())) => {}
                Some(ControlFlow::Break(())) => return Ok(written),
                None => return Err(self.astray()),
            }
        };
        if said.len() < prefix.len() {
            // It only began like the prefix.
            written.text = said;
            if watch.show(&written.text).is_some_and(|flow| flow.is_break()) {
                written.finish = Finish::Cancelled;
            }
        }
        if watch.sent.len() > written.text.len() { Err(self.astray()) } else { Ok(written) }
    }

    fn cut(&self) -> RemoteError {
        let reason = "the answer ended in its middle".into();
        RemoteError::Cut { address: self.address.clone(), reason }
    }

    /// Text was shown that an attempt did not repeat.
    fn astray(&self) -> RemoteError {
        self.malformed("another attempt went another way than what was shown".into())
    }

    /// The body that comes with a status of failure.
    fn complaint(&self, exchange: &mut Exchange<'_>) -> Result<String, RemoteError> {
        let mut body = String::new();
        while body.len() < MAX_COMPLAINT {
            match exchange.next(self.silence)? {
                Some(Piece::Line(line)) => {
                    body.push_str(&line);
                    body.push('\n');
                }
                Some(Piece::Status { .. }) => {}
                Some(Piece::End) | None => break,
            }
        }
        Ok(body)
    }

    fn status(&self, status: u16, retry_after: Option<u64>, body: &str) -> RemoteError {
        let message = match status {
            300..=399 => "it sends us elsewhere, where we do not go".to_owned(),
            _ => message_of(body),
        };
        RemoteError::Status { address: self.address.clone(), status, message, retry_after }
    }

    fn silent(&self, silence: Duration) -> RemoteError {
        RemoteError::Silent { address: self.address.clone(), seconds: silence.as_secs() }
    }

    fn malformed(&self, reason: String) -> RemoteError {
        RemoteError::Malformed { address: self.address.clone(), reason }
    }
}

impl Written {
    /// What a call that was broken off has.
    pub fn empty() -> Self {
        let (text, usage, parts, first) = Default::default();
        Self { text, finish: Finish::Cancelled, usage, parts, first }
    }
}
