//! Runs the cases of a dataset.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::EvalError;
use super::dataset::{Case, Dataset};
use super::prepare::{Places, prepare};
use super::program::{Files, Program, predicted, tokens};
use super::record::{
    CaseRecord, Chosen, DatasetInfo, Inputs, Limits, Outcome, REVIEWS, Run, RunInfo, SCHEMA, Writer,
};

/// Prefix of the folders that reviews run in.
const WORK: &str = "work-";

/// What to run.
pub struct Plan<'a> {
    pub dataset: &'a Dataset,
    /// Sorted by id.
    pub cases: Vec<&'a Case>,
    pub program: &'a Program,
    pub inputs: Inputs,
    pub places: Places,
    pub limits: Limits,
    /// Reviews at once, at least one.
    pub jobs: usize,
    /// Threads that each model may take; `None` leaves it to the settings.
    pub threads: Option<usize>,
    /// Whether cases without a review are run again.
    pub retry: bool,
    /// Seconds since the epoch.
    pub now: i64,
}

/// Said of each case as it ends, in the order of ending.
pub struct Done<'a> {
    pub record: &'a CaseRecord,
    /// Whether it had ended in an earlier run.
    pub known: bool,
}

/// Runs all cases that are not done, and returns the run with all of them. Each
/// case that ends is kept at once, so that a run which is stopped goes on where it
/// was. `folder` is made if need be.
pub fn run(
    plan: &Plan<'_>,
    folder: &Path,
    done: &(dyn Fn(Done<'_>) + Sync),
) -> Result<Run, EvalError> {
    let info = info(plan)?;
    let (writer, mut records) = Writer::open(folder, &info, plan.retry)?;
    clear(folder);
    for record in records.values() {
        done(Done { record, known: true });
    }
    let open: Vec<&Case> =
        plan.cases.iter().copied().filter(|c| !records.contains_key(&c.facts.id)).collect();
    let (next, failure) = (AtomicUsize::new(0), Mutex::new(None));
    let state = Mutex::new((writer, BTreeMap::new()));
    std::thread::scope(|scope| {
        for _ in 0..plan.jobs.clamp(1, open.len().max(1)) {
            scope.spawn(|| {
                // Cases are taken in order; after a failure no new one begins.
                while let Some(case) = open.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let ended = one(plan, case, folder).and_then(|record| {
                        let mut state = lock(&state);
                        state.0.add(&record)?;
                        done(Done { record: &record, known: false });
                        state.1.insert(record.id.clone(), record);
                        Ok(())
                    });
                    if let Err(error) = ended {
                        next.store(open.len(), Ordering::Relaxed);
                        lock(&failure).get_or_insert(error);
                    }
                }
            });
        }
    });
    if let Some(error) = failure.into_inner().unwrap_or_else(PoisonError::into_inner) {
        return Err(error);
    }
    records.extend(state.into_inner().unwrap_or_else(PoisonError::into_inner).1);
    Ok(Run { folder: folder.to_owned(), info, records })
}

/// What `run.json` says of a plan.
fn info(plan: &Plan<'_>) -> Result<RunInfo, EvalError> {
    let chosen = |case: &&Case| Chosen { hash: case.hash.clone(), facts: case.facts.clone() };
    Ok(RunInfo {
        schema: SCHEMA,
        started: plan.now,
        dataset: DatasetInfo {
            name: plan.dataset.name.clone(),
            title: plan.dataset.title.clone(),
            hash: plan.dataset.hash.clone(),
        },
        inputs: plan.inputs.clone(),
        key: plan.inputs.key(),
        program: plan.program.digest()?,
        limits: plan.limits,
        jobs: plan.jobs,
        cases: plan.cases.iter().map(chosen).collect(),
    })
}

/// Makes a case ready and reviews it in a folder of its own.
fn one(plan: &Plan<'_>, case: &Case, folder: &Path) -> Result<CaseRecord, EvalError> {
    let id = case.facts.id.as_str();
    let prepared = match prepare(case, &plan.places) {
        Ok(prepared) => prepared,
        Err(error) => {
            let error: &dyn std::error::Error = &error;
            let reason = crate::plain::line(&chain(error), 600);
            let outcome = Outcome::Unavailable { reason };
            return Ok(CaseRecord::without(id, &case.hash, outcome, 0.0));
        }
    };
    let write = |source| EvalError::Write { path: folder.to_owned(), source };
    let work = tempfile::Builder::new().prefix(WORK).tempdir_in(folder).map_err(write)?;
    prepared.open(work.path()).map_err(write)?;
    let file = |end: &str| folder.join(REVIEWS).join(format!("{id}.{end}"));
    let files = Files { report: file("json"), errors: file("log"), trace: file("txt") };
    let program = plan.program;
    let ended = program.review(&prepared, work.path(), plan.threads, plan.limits, &files)?;
    let mut record = CaseRecord::without(id, &case.hash, ended.outcome, ended.seconds);
    if let Some(review) = ended.review {
        record.tokens = tokens(&review);
        record.findings = predicted(&review);
        record.dropped = review.dropped;
        record.mode = Some(review.mode);
    }
    Ok(record)
}

/// An error with its causes on one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        words.push_str(&format!(": {cause}"));
        next = cause.source();
    }
    words
}

/// Removes what an interrupted run left; the folder is ours alone now.
fn clear(folder: &Path) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(WORK) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

/// A thread that panicked left the state whole: each change to it is one step.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
