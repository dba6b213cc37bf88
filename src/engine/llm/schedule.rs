//! Lets several sequences take turns on the same cores.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// A lock that is given in the order of asking. The standard mutex may hand a
/// thread that asks again at once the lock for ever.
#[derive(Default)]
pub struct Turns {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// Those waiting, and the one whose turn it is, in order.
    queue: std::collections::VecDeque<u64>,
    next: u64,
}

/// The turn; given up when dropped.
pub struct Turn<'a> {
    turns: &'a Turns,
    ticket: u64,
}

impl Turns {
    /// Waits for the turn; `None` once the deadline has passed.
    pub fn wait(&self, deadline: Option<Instant>) -> Option<Turn<'_>> {
        let mut state = self.lock();
        let ticket = state.next;
        state.next += 1;
        state.queue.push_back(ticket);
        let turn = Turn { turns: self, ticket };
        while state.queue.front() != Some(&ticket) {
            state = match deadline {
                None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(deadline) => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        drop(state);
                        return None;
                    }
                    let waited = self.changed.wait_timeout(state, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
        drop(state);
        Some(turn)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.turns.lock().queue.retain(|&ticket| ticket != self.ticket);
        self.turns.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn two_threads_that_ask_again_at_once_alternate() {
        let turns = Turns::default();
        let order = Mutex::new(Vec::new());
        let start = std::sync::Barrier::new(2);
        std::thread::scope(|scope| {
            for name in 0..2 {
                let (turns, order, start) = (&turns, &order, &start);
                scope.spawn(move || {
                    start.wait();
                    for _ in 0..50 {
                        let turn = turns.wait(None).unwrap();
                        // Long enough for the other thread to queue up.
                        std::thread::sleep(Duration::from_millis(1));
                        order.lock().unwrap().push(name);
                        drop(turn);
                    }
                });
            }
        });
        let order = order.into_inner().unwrap();
        let switches = order.windows(2).filter(|pair| pair[0] != pair[1]).count();
        assert!(switches > 50, "{switches} switches of 99");
    }

    #[test]
    fn who_waits_past_the_deadline_leaves_the_queue() {
        let turns = Turns::default();
        let first = turns.wait(None).unwrap();
        assert!(turns.wait(Some(Instant::now())).is_none());
        drop(first);
        assert!(turns.wait(Some(Instant::now())).is_some());
    }
}
