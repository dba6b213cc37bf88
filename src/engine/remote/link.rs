//! The review's side of the relay: starts it, sends orders, hands each answer
//! to whoever asked.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::error::{Fault, RemoteError};
use super::frame::{Event, Order, Start};

/// Beyond the time to connect, how long the relay may take to start and to look
/// the address up.
const START: Duration = Duration::from_secs(10);

/// A running relay.
pub struct Link {
    address: String,
    orders: Mutex<ChildStdin>,
    shared: Arc<Shared>,
    next: AtomicU64,
    child: Mutex<Child>,
    started: Instant,
    patience: Duration,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    phase: Phase,
    waiting: HashMap<u64, Sender<Event>>,
}

#[derive(Default, Clone)]
enum Phase {
    #[default]
    Starting,
    Ready {
        unconfined: Option<String>,
    },
    /// The relay will not, or no longer, answer.
    Over {
        reason: String,
        unready: bool,
    },
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Link {
    /// Starts `program relay` and does not wait for it. To be called while the
    /// network is open.
    pub fn start(program: &Path, start: &Start) -> Result<Self, RemoteError> {
        let broken = |e: std::io::Error| RemoteError::Relay(e.to_string());
        let mut child = Command::new(program)
            .arg("relay")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(broken)?;
        let (Some(mut orders), Some(events)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(RemoteError::Relay("it has no pipes".into()));
        };
        let shared = Arc::new(Shared::default());
        let reader = shared.clone();
        std::thread::Builder::new()
            .name("relay".into())
            .spawn(move || read(BufReader::new(events), &reader))
            .map_err(broken)?;
        let line = serde_json::to_string(start).map_err(|e| broken(e.into()))? + "\n";
        orders.write_all(line.as_bytes()).map_err(broken)?;
        Ok(Self {
            address: start.address.to_string(),
            orders: Mutex::new(orders),
            shared,
            next: AtomicU64::new(1),
            child: Mutex::new(child),
            started: Instant::now(),
            patience: START + Duration::from_secs(start.connect_seconds),
        })
    }

    /// Waits until the relay can be used.
    fn ready(&self) -> Result<(), RemoteError> {
        let mut state = lock(&self.shared.state);
        loop {
            match &state.phase {
                Phase::Ready { .. } => return Ok(()),
                Phase::Over { .. } => return Err(self.over(&state.phase)),
                Phase::Starting => {}
            }
            let left = self.patience.saturating_sub(self.started.elapsed());
            if left.is_zero() {
                let reason = "the address was not found in time".to_owned();
                return Err(RemoteError::Unreachable { address: self.address.clone(), reason });
            }
            let waited = self.shared.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// What the kernel does not hold the relay to, as far as it is known yet.
    pub fn unconfined(&self) -> Option<String> {
        match &lock(&self.shared.state).phase {
            Phase::Ready { unconfined } => unconfined.clone(),
            _ => None,
        }
    }

    /// Sends a request: with a body it is a POST.
    pub fn send(&self, path: &str, body: Option<String>) -> Result<Exchange<'_>, RemoteError> {
        self.ready()?;
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let (sender, events) = channel();
        {
            let mut state = lock(&self.shared.state);
            if matches!(state.phase, Phase::Over { .. }) {
                return Err(self.over(&state.phase));
            }
            state.waiting.insert(id, sender);
        }
        let path = path.to_owned();
        self.order(&match body {
            Some(body) => Order::Post { id, path, body },
            None => Order::Get { id, path },
        })?;
        Ok(Exchange { link: self, id, events, over: false })
    }

    fn order(&self, order: &Order) -> Result<(), RemoteError> {
        let broken = |e: std::io::Error| RemoteError::Relay(e.to_string());
        let line = serde_json::to_string(order).map_err(|e| broken(e.into()))? + "\n";
        lock(&self.orders).write_all(line.as_bytes()).map_err(broken)
    }

    fn over(&self, phase: &Phase) -> RemoteError {
        match phase {
            Phase::Over { reason, unready: true } => {
                RemoteError::Unreachable { address: self.address.clone(), reason: reason.clone() }
            }
            Phase::Over { reason, .. } => RemoteError::Relay(reason.clone()),
            _ => RemoteError::Relay("it is not ready".into()),
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        // Its input closes too, but it may be busy.
        let mut child = lock(&self.child);
        let _ = child.kill();
        let _ = child.wait();
    }
}

/// Hands events on until the relay goes away.
fn read(events: impl BufRead, shared: &Shared) {
    let mut end = ("it ended".to_owned(), false);
    for line in events.lines() {
        let event = line.and_then(|line| Ok(serde_json::from_str::<Event>(&line)?));
        let event = match event {
            Ok(event) => event,
            Err(error) => {
                end.0 = error.to_string();
                break;
            }
        };
        let mut state = lock(&shared.state);
        let id = match &event {
            Event::Ready { unconfined } => {
                state.phase = Phase::Ready { unconfined: unconfined.clone() };
                shared.changed.notify_all();
                continue;
            }
            Event::Unready { reason } => {
                end = (reason.clone(), true);
                break;
            }
            Event::Status { id, .. } | Event::Line { id, .. } => *id,
            Event::End { id } | Event::Failed { id, .. } => {
                if let Some(last) = state.waiting.remove(id) {
                    // Whoever asked may have gone.
                    let _ = last.send(event);
                }
                continue;
            }
        };
        if let Some(sender) = state.waiting.get(&id) {
            let _ = sender.send(event);
        }
    }
    let mut state = lock(&shared.state);
    let (reason, unready) = end;
    state.phase = Phase::Over { reason, unready };
    // Ends the wait of everyone who still does.
    state.waiting.clear();
    shared.changed.notify_all();
}

/// One request and its answer; dropped before the end, it is cancelled.
pub struct Exchange<'a> {
    link: &'a Link,
    id: u64,
    events: Receiver<Event>,
    over: bool,
}

/// What an answer consists of.
#[derive(Debug, PartialEq)]
pub enum Piece {
    Status { code: u16, retry_after: Option<u64> },
    Line(String),
    End,
}

impl Exchange<'_> {
    /// The next piece; `None` if none came in time.
    pub fn next(&mut self, wait: Duration) -> Result<Option<Piece>, RemoteError> {
        let event = match self.events.recv_timeout(wait) {
            Ok(event) => event,
            Err(RecvTimeoutError::Timeout) => return Ok(None),
            Err(RecvTimeoutError::Disconnected) => {
                self.over = true;
                return Err(self.link.over(&lock(&self.link.shared.state).phase));
            }
        };
        let address = || self.link.address.clone();
        match event {
            Event::Status { code, retry_after, .. } => {
                Ok(Some(Piece::Status { code, retry_after }))
            }
            Event::Line { text, .. } => Ok(Some(Piece::Line(text))),
            Event::Failed { fault, reason, .. } => {
                self.over = true;
                Err(match fault {
                    Fault::Unreachable => RemoteError::Unreachable { address: address(), reason },
                    Fault::Cut => RemoteError::Cut { address: address(), reason },
                    Fault::Malformed => RemoteError::Malformed { address: address(), reason },
                })
            }
            Event::End { .. } | Event::Ready { .. } | Event::Unready { .. } => {
                self.over = true;
                Ok(Some(Piece::End))
            }
        }
    }
}

impl Drop for Exchange<'_> {
    fn drop(&mut self) {
        if !self.over {
            lock(&self.link.shared.state).waiting.remove(&self.id);
            // A relay that is gone needs no cancelling.
            let _ = self.link.order(&Order::Cancel { id: self.id });
        }
    }
}
