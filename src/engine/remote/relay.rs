//! The relay: the one process that may connect to the endpoint.
//!
//! A review closes the network to itself, so a relay is started before and is
//! spoken to over pipes. It looks the address up once, then confines itself
//! (`sandbox::confine_relay`): no files, no programs, no sockets but TCP ones,
//! and those, where Landlock can say so, to the endpoint's port alone. That the
//! connection goes to the endpoint's own host is this file's doing: the kernel
//! filters no addresses. It follows no redirect and no proxy.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ureq::config::Config;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use ureq::{Agent, Body, http};

use super::error::Fault;
use super::frame::{Event, Order, Start};
use crate::config::Address;
use crate::engine::http as client;
use crate::sandbox::{self, Sandbox};

/// Longest line of an answer, and longest answer, in bytes.
const MAX_LINE: u64 = 8 << 20;
const MAX_ANSWER: u64 = 64 << 20;

/// Serves the review at the other end of the pipes until it goes away.
pub fn run(orders: impl Read, events: impl Write + Send + 'static) -> std::io::Result<()> {
    let mut orders = BufReader::new(orders).lines();
    let Some(line) = orders.next().transpose()? else { return Ok(()) };
    let start: Start = serde_json::from_str(&line)?;
    let events = Events(Arc::new(Mutex::new(events)));
    let relay = match Relay::new(&start) {
        Ok(relay) => relay,
        Err(reason) => return events.say(&Event::Unready { reason }),
    };
    let unconfined = match sandbox::confine_relay(start.address.port) {
        Ok(Sandbox::Enforced { landlock: false }) => {
            Some("without Landlock for TCP it may connect to any port and read files".to_owned())
        }
        Ok(sandbox) => sandbox.note(),
        Err(error) => return events.say(&Event::Unready { reason: error.to_string() }),
    };
    events.say(&Event::Ready { unconfined })?;
    let running: Arc<Mutex<HashMap<u64, Agent>>> = Arc::default();
    for line in orders {
        let (id, path, body) = match serde_json::from_str(&line?)? {
            Order::Get { id, path } => (id, path, None),
            Order::Post { id, path, body } => (id, path, Some(body)),
            Order::Cancel { id } => {
                if let Some(agent) = lock(&running).remove(&id) {
                    agent.shutdown();
                }
                continue;
            }
        };
        // One agent for each request: shutting it down ends that one alone.
        let agent = relay.agent();
        lock(&running).insert(id, agent.clone());
        let (url, key) = (relay.url(&path), relay.api_key.clone());
        let (events, running) = (events.clone(), running.clone());
        std::thread::Builder::new().name("exchange".into()).spawn(move || {
            let last = match exchange(&agent, &url, key.as_deref(), body, id, &events) {
                Ok(()) => Event::End { id },
                Err((fault, reason)) => Event::Failed { id, fault, reason },
            };
            lock(&running).remove(&id);
            // The reader may be gone, as this process soon will.
            let _ = events.say(&last);
        })?;
    }
    Ok(())
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The way back to the review; a line is written whole.
struct Events<W>(Arc<Mutex<W>>);

impl<W> Clone for Events<W> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<W: Write> Events<W> {
    fn say(&self, event: &Event) -> std::io::Result<()> {
        let mut line = serde_json::to_string(event)?;
        line.push('\n');
        let mut out = lock(&self.0);
        out.write_all(line.as_bytes())?;
        out.flush()
    }
}

struct Relay {
    address: Address,
    api_key: Option<String>,
    pinned: Pinned,
    config: Config,
}

impl Relay {
    fn new(start: &Start) -> Result<Self, String> {
        let address = start.address.clone();
        let found: Vec<SocketAddr> = (address.host.as_str(), address.port)
            .to_socket_addrs()
            .map_err(|error| format!("{} has no address: {error}", address.host))?
            .take(MAX_ADDRESSES)
            .collect();
        if found.is_empty() {
            return Err(format!("{} has no address", address.host));
        }
        let config = client::config(client::Options {
            certificates: start.certificates.as_deref(),
            connect: Duration::from_secs(start.connect_seconds.max(1)),
            silence: None,
            idle: 0,
        })
        .map_err(|reason| format!("endpoint.ca_file {reason}"))?;
        Ok(Self { address, api_key: start.api_key.clone(), pinned: Pinned(found), config })
    }

    fn agent(&self) -> Agent {
        Agent::with_parts(self.config.clone(), DefaultConnector::new(), self.pinned.clone())
    }

    fn url(&self, path: &str) -> String {
        format!("{}/{}", self.address, path.trim_start_matches('/'))
    }
}

/// As many as the client takes.
const MAX_ADDRESSES: usize = 16;

/// Answers every look-up with what was found at the start.
#[derive(Debug, Clone)]
struct Pinned(Vec<SocketAddr>);

impl Resolver for Pinned {
    fn resolve(
        &self,
        _: &http::Uri,
        _: &Config,
        _: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let mut addresses = self.empty();
        for address in &self.0 {
            addresses.push(*address);
        }
        Ok(addresses)
    }
}

type Failure = (Fault, String);

fn exchange<W: Write>(
    agent: &Agent,
    url: &str,
    api_key: Option<&str>,
    body: Option<String>,
    id: u64,
    events: &Events<W>,
) -> Result<(), Failure> {
    let mut request = http::Request::builder().uri(url).header("accept", "*/*");
    if let Some(key) = api_key {
        request = request.header("authorization", format!("Bearer {key}"));
    }
    let answer = match body {
        None => request.method("GET").body(()).map(|r| agent.run(r)),
        Some(text) => request
            .method("POST")
            .header("content-type", "application/json")
            .body(text)
            .map(|r| agent.run(r)),
    };
    let answer = answer.map_err(|e| (Fault::Malformed, e.to_string()))?.map_err(failure)?;
    let retry_after =
        answer.headers().get("retry-after").and_then(|v| v.to_str().ok()?.trim().parse().ok());
    let code = answer.status().as_u16();
    let gone = |e: std::io::Error| (Fault::Cut, e.to_string());
    events.say(&Event::Status { id, code, retry_after }).map_err(gone)?;
    pass_on(answer.into_body(), id, events)
}

/// Passes an answer on line by line, within bounds.
fn pass_on<W: Write>(body: Body, id: u64, events: &Events<W>) -> Result<(), Failure> {
    let reader = body.into_with_config().limit(MAX_ANSWER).reader();
    let mut reader = BufReader::new(reader);
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = (&mut reader).take(MAX_LINE).read_until(b'\n', &mut line);
        match read.map_err(|e| failure(ureq::Error::from(e)))? {
            0 => return Ok(()),
            n if n as u64 == MAX_LINE => {
                return Err((Fault::Malformed, format!("a line of more than {MAX_LINE} bytes")));
            }
            _ => {}
        }
        let text = std::str::from_utf8(&line)
            .map_err(|_| (Fault::Malformed, "the answer is not UTF-8".to_owned()))?;
        let text = text.trim_end_matches(['\r', '\n']).to_owned();
        events.say(&Event::Line { id, text }).map_err(|e| (Fault::Cut, e.to_string()))?;
    }
}

fn failure(error: ureq::Error) -> Failure {
    client::fault(&error)
}
