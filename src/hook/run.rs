//! What the hook does at a push: review what is sent, within a time, and never
//! lose the push to a failure of ours.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use super::refs::{PushedRef, plan};
use crate::change::{Repo, Selection};
use crate::config::{BlockAt, Hook};
use crate::review::Review;

/// Stack of the thread that reviews; parsers recurse deeper than the usual two
/// MiB of a thread allow.
const STACK: usize = 32 << 20;

/// Reviews one change; runs on a thread of its own.
pub type Reviewer = Box<dyn FnMut(&Selection) -> anyhow::Result<Review> + Send>;

/// What came out of a push.
#[derive(Debug, Default)]
pub struct HookOutcome {
    /// Reviews with the refs that they are for.
    pub reviews: Vec<(Vec<String>, Review)>,
    /// Refs that needed no review, each with the reason.
    pub notes: Vec<String>,
    /// Why something was pushed without a review.
    pub warnings: Vec<String>,
    /// Ids of the findings that stop the push.
    pub blocking: Vec<String>,
    /// What was not reviewed in time, with its refs.
    pub late: Vec<(Vec<String>, Selection)>,
}

impl HookOutcome {
    /// Takes in a review and what of it stops the push.
    pub fn add(&mut self, refs: Vec<String>, review: Review, config: &Hook) {
        self.blocking.extend(blocking(&review, config));
        self.reviews.push((refs, review));
    }

    /// Whether the push is to be stopped.
    pub fn blocked(&self) -> bool {
        !self.blocking.is_empty()
    }
}

/// Reviews what the refs bring to the remote. Whatever fails, panics or takes
/// too long becomes a warning. After the time limit the thread that reviews is
/// left behind, to end with the process.
pub fn run(
    repo: &Repo,
    remote: &str,
    refs: &[PushedRef],
    config: &Hook,
    review: Reviewer,
) -> HookOutcome {
    let deadline = Instant::now() + Duration::from_secs(config.max_seconds);
    let mut outcome = HookOutcome::default();
    let plan = plan(repo, remote, refs);
    outcome.notes = plan.notes;
    outcome.warnings = plan.warnings;
    let (send, receive) = mpsc::channel();
    let selections: Vec<Selection> = plan.tasks.iter().map(|t| t.selection.clone()).collect();
    let started = std::thread::Builder::new()
        .name("review".to_owned())
        .stack_size(STACK)
        .spawn(move || work(selections, review, &send));
    if let Err(error) = started {
        outcome.warnings.push(format!("the review could not be started: {error}"));
        return outcome;
    }
    let mut tasks = plan.tasks.into_iter();
    for task in tasks.by_ref() {
        let names = task.refs.join(", ");
        let left = deadline.saturating_duration_since(Instant::now());
        match receive.recv_timeout(left) {
            Ok(Ok(review)) => {
                outcome.add(task.refs, review, config);
            }
            Ok(Err(problem)) => {
                outcome.warnings.push(format!("{names} was not reviewed: {problem}"));
            }
            Err(RecvTimeoutError::Timeout) => {
                outcome.warnings.push(format!(
                    "{names} was not reviewed within {} seconds (hook.max_seconds)",
                    config.max_seconds
                ));
                outcome.late.push((task.refs, task.selection));
                break;
            }
            Err(RecvTimeoutError::Disconnected) => {
                outcome.warnings.push(format!("{names} was not reviewed: the review ended early"));
                break;
            }
        }
    }
    for task in tasks {
        outcome.warnings.push(format!("{} was not reviewed either", task.refs.join(", ")));
        outcome.late.push((task.refs, task.selection));
    }
    outcome
}

fn work(
    selections: Vec<Selection>,
    mut review: Reviewer,
    send: &mpsc::Sender<Result<Review, String>>,
) {
    for selection in selections {
        // The reviewer is used again only as a closure whose state is its own.
        let result = catch_unwind(AssertUnwindSafe(|| review(&selection)));
        let answer = match result {
            Ok(Ok(review)) => Ok(review),
            Ok(Err(error)) => Err(format!("{error:#}")),
            Err(panic) => Err(format!("forewarn has a bug: {}", words(panic.as_ref()))),
        };
        if send.send(answer).is_err() {
            return;
        }
    }
}

fn words(panic: &(dyn std::any::Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("it panicked")
}

/// Findings that are bad enough to stop a push.
fn blocking<'a>(review: &'a Review, config: &Hook) -> impl Iterator<Item = String> + use<'a> {
    let limit = match config.block_at {
        BlockAt::Never(_) => f64::INFINITY,
        BlockAt::Severity(limit) => limit,
    };
    review.findings.iter().filter(move |f| f.severity >= limit).map(|f| f.id.clone())
}
