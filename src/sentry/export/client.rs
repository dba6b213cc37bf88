//! Asks one server, patiently: waits where it is told to, tries again what may
//! pass, and never speaks to another host. Only here does the export use the
//! network. The token is in the header of a request and nowhere else.

use std::io::{self, Read};
use std::time::{Duration, Instant};

use serde_json::Value;
use ureq::{Agent, Body, http};

use super::error::ExportError;
use super::{Limits, Token, World, page};
use crate::config::Address;
use crate::engine::http as client;
use crate::engine::remote::Fault;
use crate::plain;
use crate::sentry::json;

/// Attempts after the first, where another one may succeed; with the pauses below
/// they last about three minutes.
pub(super) const RETRIES: u32 = 8;
/// Times in a row that a server may ask to wait.
const WAITS: u32 = 30;
/// The longest single pause that a server may ask for.
const LONGEST: u64 = 15 * 60;
/// Redirects within the server that are followed.
const HOPS: u32 = 3;

/// One server with a token for it.
pub(super) struct Client<'a> {
    agent: Agent,
    address: Address,
    token: &'a Token,
    world: &'a World<'a>,
    limits: Limits,
}

/// An answer that is no failure of the server's.
#[derive(Debug)]
pub(super) struct Reply {
    /// 2xx, or one of the 4xx by which a server says that it has no such thing.
    pub status: u16,
    /// `null` for what was refused.
    pub value: Value,
    /// The cursor of the next page.
    pub next: Option<String>,
    /// Whether the server says at all if there is a next page.
    pub paged: bool,
    /// What the server says to a refusal, for people.
    pub detail: String,
}

impl Reply {
    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// What came over the wire.
struct Raw {
    status: u16,
    headers: http::HeaderMap,
    body: Vec<u8>,
}

impl Raw {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    fn number(&self, name: &str) -> Option<u64> {
        self.header(name)?.trim().parse::<f64>().ok().map(|n| n.max(0.0).ceil() as u64)
    }
}

/// How an exchange failed without an answer.
enum Failure {
    Passing(Fault, String),
    TooLarge,
    TooSlow,
}

/// Ends the reading of an answer at some time, however little comes at once.
struct Timed<R> {
    reader: R,
    until: Instant,
}

impl<R: Read> Read for Timed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if Instant::now() >= self.until {
            return Err(io::ErrorKind::TimedOut.into());
        }
        self.reader.read(buffer)
    }
}

impl<'a> Client<'a> {
    pub(super) fn new(
        address: Address,
        certificates: Option<&str>,
        token: &'a Token,
        world: &'a World<'a>,
        limits: Limits,
    ) -> Result<Self, ExportError> {
        let config = client::config(client::Options {
            certificates,
            connect: Duration::from_secs(15),
            silence: Some(Duration::from_secs(120)),
            idle: 1,
        })
        .map_err(ExportError::Certificates)?;
        Ok(Self { agent: Agent::new_with_config(config), address, token, world, limits })
    }

    pub(super) fn address(&self) -> String {
        self.address.to_string()
    }

    /// Asks for a path, which begins with a slash and may have a query.
    pub(super) fn get(&self, path: &str) -> Result<Reply, ExportError> {
        self.ask(path, None, RETRIES)
    }

    /// Like [`Self::get`], with that many attempts after the first.
    pub(super) fn get_within(&self, path: &str, retries: u32) -> Result<Reply, ExportError> {
        self.ask(path, None, retries)
    }

    pub(super) fn post(&self, path: &str, body: &str) -> Result<Reply, ExportError> {
        self.ask(path, Some(body), RETRIES)
    }

    fn ask(&self, path: &str, body: Option<&str>, retries: u32) -> Result<Reply, ExportError> {
        let address = self.address();
        let short = || path.split('?').next().unwrap_or(path).to_owned();
        let mut path_now = path.to_owned();
        let (mut failures, mut waits, mut hops) = (0, 0, 0);
        loop {
            let (fault, reason, told) = match self.once(&path_now, body) {
                Err(Failure::TooLarge) => {
                    let limit = self.limits.answer;
                    return Err(ExportError::TooLarge { address, path: short(), limit });
                }
                Err(Failure::TooSlow) => {
                    // Another attempt would take as long.
                    let (path, attempts) = (short(), failures + 1);
                    let limit = self.limits.time.as_secs();
                    let reason = format!("the answer was not whole after {limit} s");
                    return Err(ExportError::Failing { address, path, attempts, reason });
                }
                Err(Failure::Passing(fault, reason)) => (fault, reason, None),
                Ok(raw) => match raw.status {
                    429 => {
                        waits += 1;
                        if waits > WAITS {
                            return Err(ExportError::Limited { address });
                        }
                        let told = self.told_to_wait(&raw);
                        self.pause(
                            told.unwrap_or_else(|| backoff(waits)),
                            "the server asks to wait",
                        );
                        continue;
                    }
                    401 | 403 => {
                        let detail = self.shown(&detail(&raw.body));
                        return Err(ExportError::Denied { address, status: raw.status, detail });
                    }
                    301 | 302 | 303 | 307 | 308 => {
                        let to = raw.header("location").unwrap_or_default();
                        hops += 1;
                        match self.within(to).filter(|_| hops <= HOPS && body.is_none()) {
                            Some(path) => path_now = path,
                            None => {
                                let to = self.shown(to.split('?').next().unwrap_or(to));
                                return Err(ExportError::Redirected { address, to });
                            }
                        }
                        continue;
                    }
                    200..=299 => {
                        if raw.body.trim_ascii_start().starts_with(b"<") {
                            return Err(ExportError::Page { address, path: short() });
                        }
                        // Sentry's answers to a few requests have no body.
                        let parsed = match raw.body.trim_ascii() {
                            b"" => Ok((Value::Null, false)),
                            body => json::parse(body),
                        };
                        match parsed {
                            Ok((value, _)) => {
                                self.keep_pace(&raw);
                                let link = raw.header("link");
                                let (next, paged) = (link.and_then(page::next), link.is_some());
                                let (status, detail) = (raw.status, String::new());
                                return Ok(Reply { status, value, next, paged, detail });
                            }
                            Err(error) => {
                                (Fault::Cut, format!("it is no whole JSON: {error}"), None)
                            }
                        }
                    }
                    408 | 425 | 500..=599 => {
                        let told = self.told_to_wait(&raw);
                        (Fault::Malformed, format!("status {}", raw.status), told)
                    }
                    status => {
                        let detail = self.shown(&detail(&raw.body));
                        let value = Value::Null;
                        return Ok(Reply { status, value, next: None, paged: false, detail });
                    }
                },
            };
            failures += 1;
            let reason = self.shown(&reason);
            if failures > retries {
                return Err(match fault {
                    Fault::Unreachable => ExportError::Unreachable { address, reason },
                    Fault::Cut | Fault::Malformed => {
                        ExportError::Failing { address, path: short(), attempts: failures, reason }
                    }
                });
            }
            tracing::debug!(path = short(), failures, reason, "asks again");
            self.pause(told.unwrap_or_else(|| backoff(failures)), "the server did not answer");
        }
    }

    fn once(&self, path: &str, body: Option<&str>) -> Result<Raw, Failure> {
        let broken = |reason: String| Failure::Passing(Fault::Malformed, reason);
        let wire = |error: ureq::Error| {
            let (fault, reason) = client::fault(&error);
            Failure::Passing(fault, reason)
        };
        let request = http::Request::builder()
            .uri(format!("{}{path}", self.address))
            .header("accept", "application/json")
            .header("accept-encoding", "gzip")
            .header("authorization", format!("Bearer {}", self.token.0));
        let until = Instant::now() + self.limits.time;
        let answer = match body {
            None => request.method("GET").body(()).map(|r| self.agent.run(r)),
            Some(text) => request
                .method("POST")
                .header("content-type", "application/json")
                .body(text.to_owned())
                .map(|r| self.agent.run(r)),
        };
        let (head, body) = answer.map_err(|e| broken(e.to_string()))?.map_err(wire)?.into_parts();
        let gzip = head.headers.get("content-encoding").is_some_and(|v| v == "gzip");
        let body = self.read(body, gzip, until)?;
        Ok(Raw { status: head.status.as_u16(), headers: head.headers, body })
    }

    fn read(&self, body: Body, gzip: bool, until: Instant) -> Result<Vec<u8>, Failure> {
        let reader = Timed { reader: body.into_with_config().limit(u64::MAX).reader(), until };
        let reader: Box<dyn Read> = if gzip {
            Box::new(flate2::read::MultiGzDecoder::new(reader))
        } else {
            Box::new(reader)
        };
        let mut bytes = Vec::new();
        reader.take(self.limits.answer + 1).read_to_end(&mut bytes).map_err(|error| {
            if Instant::now() >= until {
                return Failure::TooSlow;
            }
            let (fault, reason) = client::fault(&ureq::Error::from(error));
            Failure::Passing(fault, reason)
        })?;
        if bytes.len() as u64 > self.limits.answer {
            return Err(Failure::TooLarge);
        }
        Ok(bytes)
    }

    /// A server's text for people, on one line: cut, and without the token, which
    /// some servers repeat.
    fn shown(&self, text: &str) -> String {
        plain::line(&plain::line(text, usize::MAX).replace(&self.token.0, "[token]"), 200)
    }

    /// The path of a redirect that stays within the server.
    fn within(&self, to: &str) -> Option<String> {
        let own = &self.address;
        let path = if to.starts_with('/') && !to.starts_with("//") {
            to
        } else {
            let (origin, query) = to.split_at(to.find(['?', '#']).unwrap_or(to.len()));
            let other = Address::parse(origin).ok()?;
            let same = (other.https, &other.host, other.port) == (own.https, &own.host, own.port);
            if !same || query.starts_with('#') {
                return None;
            }
            let after = to.split_once("://")?.1;
            &after[after.find('/')?..]
        };
        path.strip_prefix(own.path.as_str()).filter(|p| p.starts_with('/')).map(str::to_owned)
    }

    fn told_to_wait(&self, raw: &Raw) -> Option<Duration> {
        let seconds = raw.number("retry-after").or_else(|| self.until_reset(raw))?;
        Some(Duration::from_secs(seconds.min(LONGEST)))
    }

    fn until_reset(&self, raw: &Raw) -> Option<u64> {
        let now = u64::try_from((self.world.now)()).ok()?;
        Some(raw.number("x-sentry-rate-limit-reset")?.saturating_sub(now))
    }

    /// Waits before the server has to say so.
    fn keep_pace(&self, raw: &Raw) {
        if raw.number("x-sentry-rate-limit-remaining") == Some(0) {
            // Windows of the limits are seconds long; a clock may be off.
            let seconds = self.until_reset(raw).unwrap_or(1).clamp(1, 60);
            self.pause(Duration::from_secs(seconds), "the server's limit is reached");
        }
    }

    fn pause(&self, time: Duration, why: &str) {
        if time > Duration::from_secs(2) {
            (self.world.progress)(&format!("waiting {} s: {why}", time.as_secs()));
        }
        (self.world.sleep)(time);
    }
}

fn backoff(attempt: u32) -> Duration {
    Duration::from_secs(1 << (attempt - 1).min(6))
}

/// What an answer says about why, as Sentry's `{"detail": ...}`.
fn detail(body: &[u8]) -> String {
    let Ok((Value::Object(answer), _)) = json::parse(body) else { return String::new() };
    let text = match answer.get("detail") {
        Some(Value::Object(detail)) => json::text(detail, &["message", "code"]),
        Some(Value::Array(list)) => list.first().map(Value::to_string),
        Some(other) => json::scalar(other),
        None => json::text(&answer, &["error", "message"]),
    };
    text.unwrap_or_default()
}
