//! Threads that share the work of one step.
//!
//! A step of a model is some hundred short runs with little between them, so
//! workers spin for a moment before they sleep. The caller works too and waits
//! only for workers that have joined the run: on a busy machine a worker that
//! the scheduler holds back costs nothing but its help.

use std::any::Any;
use std::cell::UnsafeCell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long a worker looks for the next run before it sleeps: longer than the
/// serial work between two runs of a step, short against a time slice.
const SPIN: Duration = Duration::from_micros(50);

/// One caller and its workers.
pub struct Team {
    shared: Arc<Shared>,
    /// Held during a run; who finds it taken works alone.
    caller: Mutex<()>,
    workers: Vec<JoinHandle<()>>,
}

impl Team {
    /// A team of so many threads, of which the caller is one.
    pub fn new(threads: usize) -> Self {
        let shared = Arc::new(Shared {
            gate: AtomicU64::new(0),
            job: UnsafeCell::new(None),
            sleepers: AtomicUsize::new(0),
            sleep: Mutex::new(()),
            wake: Condvar::new(),
        });
        // A thread that the system refuses is one helper less, not an error.
        let workers = (1..threads)
            .map_while(|i| {
                let shared = Arc::clone(&shared);
                let name = format!("kernel-{i}");
                std::thread::Builder::new().name(name).spawn(move || shared.work()).ok()
            })
            .collect();
        Self { shared, caller: Mutex::new(()), workers }
    }

    pub fn threads(&self) -> usize {
        self.workers.len() + 1
    }

    /// Calls `f` once with each of `0..tasks` and returns when all are done. A
    /// panic in `f` ends the run early and reaches the caller.
    ///
    /// A run within a run, or beside one of another thread, is done by the
    /// thread that asked for it alone.
    pub fn run(&self, tasks: usize, f: impl Fn(usize) + Sync) {
        let turn = match self.caller.try_lock() {
            Ok(turn) => Some(turn),
            Err(std::sync::TryLockError::Poisoned(turn)) => Some(turn.into_inner()),
            Err(std::sync::TryLockError::WouldBlock) => None,
        };
        let Some(turn) = turn.filter(|_| tasks > 1 && !self.workers.is_empty()) else {
            return (0..tasks).for_each(f);
        };
        let work = Work {
            next: AtomicUsize::new(0),
            tasks,
            share: 2 * self.threads(),
            f: &f,
            panic: Mutex::new(None),
        };
        self.shared.open(&work);
        work.help();
        self.shared.close();
        drop(turn);
        let panic = work.panic.into_inner().unwrap_or_else(PoisonError::into_inner);
        if let Some(panic) = panic {
            resume_unwind(panic);
        }
    }
}

impl Drop for Team {
    fn drop(&mut self) {
        self.shared.announce(LEAVE);
        for worker in self.workers.drain(..) {
            // A worker catches every panic of its work; there is none to pass on.
            let _ = worker.join();
        }
    }
}

/// The work of one run; lives on the caller's stack.
struct Work<'a> {
    next: AtomicUsize,
    tasks: usize,
    /// A chunk is the remaining tasks divided by this.
    share: usize,
    f: &'a (dyn Fn(usize) + Sync),
    panic: Mutex<Option<Box<dyn Any + Send>>>,
}

impl Work<'_> {
    /// Takes chunks until none is left: large ones first, so that a thread reads
    /// neighbouring weights; small ones last, so that all end together.
    fn help(&self) {
        let end = |first: usize| first + ((self.tasks - first) / self.share).max(1);
        loop {
            let take = |first: usize| (first < self.tasks).then(|| end(first));
            let taken = self.next.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take);
            let Ok(first) = taken else { return };
            let last = end(first);
            let result = catch_unwind(AssertUnwindSafe(|| (first..last).for_each(self.f)));
            if let Err(panic) = result {
                self.next.store(self.tasks, Ordering::Relaxed);
                lock(&self.panic).get_or_insert(panic);
            }
        }
    }
}

/// The gate counts the workers inside in its low bits; then come one bit that
/// says it is open, one that says the team is dismissed, and the run's number.
const INSIDE: u64 = (1 << 30) - 1;
const OPEN: u64 = 1 << 30;
const LEAVE: u64 = 1 << 31;
const RUN: u64 = 1 << 32;

struct Shared {
    gate: AtomicU64,
    /// Set while the gate is open or a worker inside.
    job: UnsafeCell<Option<&'static Work<'static>>>,
    sleepers: AtomicUsize,
    sleep: Mutex<()>,
    wake: Condvar,
}

// SAFETY: `job` is written only by the caller whose turn it is, while the gate is
// closed and nobody inside; workers read it only inside. The gate's atomic
// operations order the two. All else is `Sync` by itself.
unsafe impl Sync for Shared {}
// SAFETY: the work that `job` refers to is `Sync`.
unsafe impl Send for Shared {}

impl Shared {
    /// Lets the workers in. [`Self::close`] must follow before `work` goes.
    fn open(&self, work: &Work<'_>) {
        // SAFETY: only the lifetime changes. `close` returns when no worker is
        // inside and none can enter, and `run` calls it before `work` goes:
        // nothing between the two panics, since `help` catches what `f` throws.
        let work = unsafe { std::mem::transmute::<&Work<'_>, &'static Work<'static>>(work) };
        // SAFETY: the gate is closed and nobody inside, see `Sync` above.
        unsafe { *self.job.get() = Some(work) };
        self.announce(OPEN);
    }

    /// Starts a new number of the gate with this bit, and wakes the sleepers.
    fn announce(&self, bit: u64) {
        let run = self.gate.load(Ordering::Relaxed) & !(RUN - 1);
        self.gate.store(run.wrapping_add(RUN) | bit, Ordering::SeqCst);
        // Either this sees a worker that lay down, or that worker the new number.
        if self.sleepers.load(Ordering::SeqCst) > 0 {
            drop(lock(&self.sleep));
            self.wake.notify_all();
        }
    }

    /// Shuts the gate and waits for those inside.
    fn close(&self) {
        self.gate.fetch_and(!OPEN, Ordering::AcqRel);
        let mut spins = 0u32;
        while self.gate.load(Ordering::Acquire) & INSIDE != 0 {
            spins += 1;
            // The worker may have lost its core, perhaps to this very loop.
            if spins.is_multiple_of(1024) {
                std::thread::yield_now()
            } else {
                std::hint::spin_loop()
            }
        }
    }

    /// A worker's life.
    fn work(&self) {
        let mut seen = 0;
        loop {
            let gate = self.next_run(seen);
            if gate & LEAVE != 0 {
                return;
            }
            seen = gate / RUN;
            if self.enter(seen) {
                // SAFETY: inside the gate `job` is set and lives, see `open`.
                let work = unsafe { *self.job.get() };
                if let Some(work) = work {
                    work.help();
                }
                self.gate.fetch_sub(1, Ordering::Release);
            }
        }
    }

    /// Waits for a gate with another number than the one seen last.
    fn next_run(&self, seen: u64) -> u64 {
        let start = Instant::now();
        loop {
            for _ in 0..64 {
                let gate = self.gate.load(Ordering::Acquire);
                if gate / RUN != seen {
                    return gate;
                }
                std::hint::spin_loop();
            }
            if start.elapsed() > SPIN {
                break;
            }
        }
        self.sleepers.fetch_add(1, Ordering::SeqCst);
        let mut asleep = lock(&self.sleep);
        let gate = loop {
            let gate = self.gate.load(Ordering::SeqCst);
            if gate / RUN != seen {
                break gate;
            }
            asleep = self.wake.wait(asleep).unwrap_or_else(PoisonError::into_inner);
        };
        self.sleepers.fetch_sub(1, Ordering::SeqCst);
        gate
    }

    /// Enters the gate if it is still open for this run.
    fn enter(&self, run: u64) -> bool {
        let enter = |gate: u64| (gate / RUN == run && gate & OPEN != 0).then_some(gate + 1);
        self.gate.fetch_update(Ordering::AcqRel, Ordering::Acquire, enter).is_ok()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_each_task_once_whatever_the_threads() {
        for threads in [1, 2, 3, 9] {
            let team = Team::new(threads);
            for tasks in [0, 1, 2, 7, 64, 1000] {
                let counts: Vec<AtomicUsize> = (0..tasks).map(|_| AtomicUsize::new(0)).collect();
                team.run(tasks, |i| {
                    counts[i].fetch_add(1, Ordering::Relaxed);
                });
                assert!(counts.iter().all(|c| c.load(Ordering::Relaxed) == 1), "{threads} {tasks}");
            }
        }
    }

    #[test]
    fn wakes_workers_that_sleep() {
        let team = Team::new(2);
        for _ in 0..20 {
            std::thread::sleep(4 * SPIN);
            // Each task waits for the other: both threads are needed.
            let met = std::sync::Barrier::new(2);
            team.run(2, |_| {
                met.wait();
            });
        }
    }

    #[test]
    fn a_panic_reaches_the_caller_and_the_team_works_on() {
        let team = Team::new(3);
        for bad in [0, 50, 99] {
            let result = catch_unwind(AssertUnwindSafe(|| {
                team.run(100, |i| assert_ne!(i, bad, "task"));
            }));
            assert!(result.is_err());
            let done = AtomicUsize::new(0);
            team.run(100, |_| {
                done.fetch_add(1, Ordering::Relaxed);
            });
            assert_eq!(done.into_inner(), 100);
        }
    }

    #[test]
    fn runs_within_and_beside_runs_complete() {
        let team = Team::new(3);
        let done = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..50 {
                        team.run(8, |_| {
                            team.run(4, |_| {
                                done.fetch_add(1, Ordering::Relaxed);
                            });
                        });
                    }
                });
            }
        });
        assert_eq!(done.into_inner(), 4 * 50 * 32);
    }
}
