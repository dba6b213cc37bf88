use std::collections::{HashMap, VecDeque};
use std::sync::{Condvar, Mutex};

pub type Job = Box<dyn FnOnce() + Send>;

#[derive(Default)]
struct State {
    waiting: VecDeque<(String, Job)>,
    running: HashMap<String, usize>,
    finished: u64,
}

/// What the monitoring page shows.
#[derive(Debug, PartialEq, Eq)]
pub struct Stats {
    pub waiting: usize,
    pub running: usize,
    pub finished: u64,
    /// Group of the job that waits longest.
    pub next: Option<String>,
    /// Waiting jobs for each running one.
    pub load: usize,
}

/// Jobs by group, first in, first out.
#[derive(Default)]
pub struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

impl Queue {
    pub fn push(&self, group: &str, job: Job) {
        let mut state = self.state.lock().unwrap();
        state.waiting.push_back((group.to_owned(), job));
        self.changed.notify_one();
    }

    /// Takes a job, waiting for one, and runs it outside the lock.
    pub fn work_once(&self) {
        let mut state = self.state.lock().unwrap();
        while state.waiting.is_empty() {
            state = self.changed.wait(state).unwrap();
        }
        let (group, job) = state.waiting.pop_front().unwrap();
        *state.running.entry(group.clone()).or_insert(0) += 1;
        drop(state);
        job();
        let mut state = self.state.lock().unwrap();
        let left = state.running.get_mut(&group).unwrap();
        *left -= 1;
        if *left == 0 {
            state.running.remove(&group);
        }
        state.finished += 1;
    }

    /// Jobs that run right now, of all groups.
    pub fn running(&self) -> usize {
        self.state.lock().unwrap().running.values().sum()
    }

    pub fn stats(&self) -> Stats {
        let state = self.state.lock().unwrap();
        let waiting = state.waiting.len();
        let running = self.running();
        Stats {
            waiting,
            running,
            finished: state.finished,
            next: state.waiting.front().map(|(group, _)| group.clone()),
            load: waiting / running.max(1),
        }
    }
}
