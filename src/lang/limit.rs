//! How long one file may take.

use std::time::{Duration, Instant};

/// For parsing a file, and again for each query over it.
const LIMIT: Duration = Duration::from_secs(1);

/// A limit that runs; a copy runs as well. It counts the time that this thread computes, since what is read
/// of a file is kept: a machine that is busy, or was stopped, must not leave files
/// half read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limit {
    /// The thread's clock is asked only from here on, for asking costs more than a
    /// glance at the other.
    next: Instant,
    /// What the thread's clock showed at the start; `None` where there is none.
    start: Option<Duration>,
}

impl Limit {
    pub fn start() -> Self {
        Self { next: Instant::now() + LIMIT, start: computed() }
    }

    pub fn is_over(&mut self) -> bool {
        let now = Instant::now();
        now > self.next && self.looked_up(now, computed())
    }

    /// As [`Self::is_over`], at that time and with what the thread's clock shows.
    fn looked_up(&mut self, now: Instant, computed: Option<Duration>) -> bool {
        let (Some(start), Some(computed)) = (self.start, computed) else { return true };
        let left = LIMIT.saturating_sub(computed.saturating_sub(start));
        self.next = now + left;
        left.is_zero()
    }
}

/// How long this thread has computed.
#[cfg(unix)]
fn computed() -> Option<Duration> {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the call writes to `time`, which is valid for it, and to nothing else.
    let done = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    let (seconds, nanoseconds) = (time.tv_sec.try_into().ok()?, time.tv_nsec.try_into().ok()?);
    (done == 0).then(|| Duration::new(seconds, nanoseconds))
}

#[cfg(not(unix))]
fn computed() -> Option<Duration> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_computed_counts() {
        let seconds = Duration::from_secs_f64;
        let now = Instant::now();
        let mut limit = Limit { next: now, start: Some(seconds(5.0)) };
        assert!(!limit.looked_up(now, Some(seconds(5.25))));
        assert_eq!(limit.next, now + seconds(0.75), "when it is looked up again");
        assert!(limit.looked_up(limit.next, Some(seconds(6.0))));
        // Without such a clock the time that went by has to do.
        assert!(limit.looked_up(now, None));
        assert!(!Limit::start().is_over());
    }

    #[cfg(unix)]
    #[test]
    fn the_clock_of_a_thread_goes_while_it_computes() {
        let before = computed().unwrap();
        let mut sum = 0u64;
        while computed().unwrap() == before {
            sum = std::hint::black_box(sum + 1);
        }
    }
}
