//! Fetches a few events of each issue: by name where the server knows names, else
//! from its list of events.

use std::collections::HashSet;

use serde_json::Value;

use super::client::{RETRIES, Reply};
use super::issue::{Listed, REPEATED, is_id, rows};
use super::state::{Part, State};
use super::{ExportError, Run, extra, page};
use crate::sentry::json::{self, Object};

/// The events that say most about an issue, in that order.
const NAMED: [&str; 3] = ["latest", "oldest", "recommended"];
/// Issues that must lack an event of a name before the name is taken to be unknown,
/// where no issue had one.
const MISSES: usize = 3;
/// The names of an event's id.
const ID: [&str; 2] = ["eventID", "id"];
/// Issues after which what was fetched is made to last.
const COMMIT: usize = 5;

/// The reasons of events that are missing.
const ALL_DENIED: &str = "the events of an issue, which the token may not read";
const ALL_FAILED: &str = "the events of an issue, which the server could not send";
const ONE_FAILED: &str = "an event, which the server could not send";
const ODD: &str = "an event, in whose place the server sent something else";

/// Requests for the events of one issue that may fail before it is left.
const FAILURES: usize = 2;
/// Attempts after the first, while the last event asked for could not be had: the full
/// number takes minutes.
const HASTY: u32 = 2;

/// What was found out about a server on the way.
#[derive(Debug, Default)]
struct Ways {
    /// Whether events are found below the issue's path without the organization, as
    /// older servers and GlitchTip have it.
    short: Option<bool>,
    /// For each of [`NAMED`], whether any issue had such an event.
    met: [bool; NAMED.len()],
    /// And how many had none.
    missed: [usize; NAMED.len()],
    /// Whether the last request did not get an answer.
    hasty: bool,
}

impl Ways {
    fn get(&mut self, run: &Run<'_>, path: &str) -> Result<Reply, ExportError> {
        let reply = run.client.get_within(path, if self.hasty { HASTY } else { RETRIES });
        match reply {
            Ok(_) => self.hasty = false,
            Err(ExportError::Failing { .. }) => self.hasty = true,
            Err(_) => {}
        }
        reply
    }
}

/// What a server says to the request for one event.
enum Found {
    Event(Object),
    Nothing,
    /// An answer, but no event.
    Odd,
}

/// What was fetched of an issue.
#[derive(Default)]
struct Outcome {
    events: Vec<Object>,
    /// What is missing, by reason.
    left_out: Vec<&'static str>,
    /// Requests that failed, and how the last of them did.
    failures: usize,
    error: Option<ExportError>,
}

impl Outcome {
    /// Notes that a request failed: one broken event must not hold up all others. True if
    /// the issue is to be left. Fails if the server is gone, which must not look like
    /// an issue without events.
    fn failed(&mut self, run: &Run<'_>, error: ExportError) -> Result<bool, ExportError> {
        if !run.is_alive() {
            return Err(error);
        }
        self.failures += 1;
        self.error = Some(error);
        Ok(self.failures >= FAILURES)
    }
}

pub(super) fn fetch(run: &mut Run<'_>, issues: &[Listed]) -> Result<(), ExportError> {
    let mut ways = Ways::default();
    // The first of the issues in a row that failed, and the state before it.
    let mut streak: Option<(usize, State)> = None;
    for (n, issue) in issues.iter().enumerate().skip(run.work.state.issues_done) {
        let before = run.work.mark();
        let Outcome { events, left_out, failures, error } = of_issue(run, issue, &mut ways)?;
        for reason in left_out {
            run.work.leave_out(reason);
        }
        let failed = error.is_some();
        let none = events.is_empty();
        for event in events {
            run.work.add(Part::Events, event)?;
        }
        match error {
            Some(error) => {
                tracing::debug!(issue = issue.id, %error, "passes over events");
                run.work.state.refused = Some(error.to_string());
                let denied = matches!(error, ExportError::Denied { .. });
                match (none, denied) {
                    (true, true) => run.work.leave_out(ALL_DENIED),
                    (true, false) => run.work.leave_out(ALL_FAILED),
                    (false, _) => (0..failures).for_each(|_| run.work.leave_out(ONE_FAILED)),
                }
                if none && n >= run.work.state.stopped_for {
                    let (first, _) = streak.get_or_insert((n, before));
                    let issues = n + 1 - *first;
                    if issues >= run.settings.limits.failures {
                        return Err(give_up(run, streak, n, error)?);
                    }
                } else {
                    streak = None;
                }
            }
            None => streak = None,
        }
        if run.settings.asked.seer {
            extra::summary(run, &issue.id)?;
        }
        run.work.state.issues_done = n + 1;
        // One that failed took minutes, which must not be for nothing.
        if failed || (n + 1).is_multiple_of(COMMIT) || n + 1 == issues.len() {
            run.work.commit()?;
            (run.world.progress)(&format!("fetching events: {} of {} issues", n + 1, issues.len()));
        }
    }
    Ok(())
}

/// Goes back to before the issues in a row that failed, the last of which is the `n`th, so
/// that the next run asks for them again, once.
fn give_up(
    run: &mut Run<'_>,
    streak: Option<(usize, State)>,
    n: usize,
    error: ExportError,
) -> Result<ExportError, ExportError> {
    let mut issues = 0;
    if let Some((first, before)) = streak {
        issues = n + 1 - first;
        run.work.back_to(before);
    }
    run.work.state.stopped_for = n + 1;
    run.work.commit()?;
    Ok(ExportError::GaveUp { issues, source: Box::new(error) })
}

/// Up to as many events as are wanted, each once.
fn of_issue(run: &Run<'_>, issue: &Listed, ways: &mut Ways) -> Result<Outcome, ExportError> {
    let most = usize::try_from(issue.count).unwrap_or(usize::MAX).max(1);
    let wanted = run.settings.asked.events.min(most);
    let mut outcome = Outcome::default();
    for (n, name) in NAMED.into_iter().enumerate() {
        if outcome.events.len() >= wanted {
            return Ok(outcome);
        }
        if !ways.met[n] && ways.missed[n] >= MISSES {
            continue;
        }
        let found = match one(run, &issue.id, name, ways) {
            Ok(found) => found,
            Err(error) => {
                if outcome.failed(run, error)? {
                    return Ok(outcome);
                }
                continue;
            }
        };
        let is_latest = name == "latest";
        match found {
            Found::Event(event) => {
                ways.met[n] = true;
                keep(&mut outcome.events, event, &issue.id);
                continue;
            }
            // An issue may have lost its events.
            Found::Nothing if is_latest => outcome.left_out.push("an issue without an event"),
            Found::Nothing => {}
            Found::Odd => outcome.left_out.push(ODD),
        }
        if is_latest {
            return Ok(outcome);
        }
        ways.missed[n] += 1;
    }
    listed(run, issue, wanted, &mut outcome, ways)?;
    Ok(outcome)
}

/// Adds an event unless it is there already, and names its issue in it.
fn keep(events: &mut Vec<Object>, mut event: Object, issue: &str) {
    let id = |event: &Object| json::text(event, &ID);
    if id(&event).is_none() || events.iter().any(|known| id(known) == id(&event)) {
        return;
    }
    if json::text(&event, &["groupID", "groupId", "issue"]).is_none() {
        event.insert("groupID".to_owned(), Value::from(issue));
    }
    events.push(event);
}

/// One event by name or id.
fn one(run: &Run<'_>, issue: &str, name: &str, ways: &mut Ways) -> Result<Found, ExportError> {
    let mut odd = false;
    for short in [false, true] {
        if ways.short.is_some_and(|known| known != short) {
            continue;
        }
        let path = format!("{}{}/", folder(run, issue, short), page::encode(name));
        let reply = ways.get(run, &path)?;
        if !reply.is_success() {
            continue;
        }
        match reply.value {
            Value::Object(event) if json::text(&event, &ID).is_some() => {
                ways.short = Some(short);
                return Ok(Found::Event(event));
            }
            _ => odd = true,
        }
    }
    Ok(if odd { Found::Odd } else { Found::Nothing })
}

fn folder(run: &Run<'_>, issue: &str, short: bool) -> String {
    let rest = format!("issues/{}/events/", page::encode(issue));
    if short { format!("/api/0/{rest}") } else { run.in_org(&rest) }
}

/// Fills up from the list of events, the newest first.
fn listed(
    run: &Run<'_>,
    issue: &Listed,
    wanted: usize,
    outcome: &mut Outcome,
    ways: &mut Ways,
) -> Result<(), ExportError> {
    let folder = folder(run, &issue.id, ways.short.unwrap_or_default());
    let mut cursor: Option<String> = None;
    let (mut cursors, mut passed, mut repeated) = (HashSet::new(), HashSet::new(), 0);
    let limit = run.settings.limits.page.min(wanted);
    while outcome.events.len() < wanted {
        let mut path = format!("{folder}?full=1&per_page={limit}");
        if let Some(cursor) = &cursor {
            path.push_str(&format!("&cursor={}", page::encode(cursor)));
        }
        let reply = match ways.get(run, &path) {
            Ok(reply) => reply,
            Err(error) => return outcome.failed(run, error).map(|_| ()),
        };
        if !reply.is_success() {
            // No list, or a cursor that ran out: what there is will do.
            return Ok(());
        }
        if !reply.value.is_array() {
            outcome
                .left_out
                .push("a list of events, in whose place the server sent something else");
            return Ok(());
        }
        let before = passed.len();
        for row in rows(reply.value) {
            if outcome.events.len() >= wanted {
                return Ok(());
            }
            let Some(id) = json::text(&row, &ID).filter(|id| is_id(id)) else {
                outcome.left_out.push("an event without a usable id");
                continue;
            };
            if !passed.insert(id.clone()) {
                continue;
            }
            // Some servers list events without what is in them.
            let found = match row.contains_key("entries") {
                true => Found::Event(row),
                false => match one(run, &issue.id, &id, ways) {
                    Ok(found) => found,
                    Err(error) => {
                        if outcome.failed(run, error)? {
                            return Ok(());
                        }
                        continue;
                    }
                },
            };
            match found {
                Found::Event(event) => keep(&mut outcome.events, event, &issue.id),
                Found::Nothing => {}
                Found::Odd => outcome.left_out.push(ODD),
            }
        }
        repeated = if passed.len() > before { 0 } else { repeated + 1 };
        let Some(next) = reply.next else { return Ok(()) };
        if repeated >= REPEATED || !cursors.insert(next.clone()) {
            outcome.left_out.push("further events of an issue, whose list does not come to an end");
            return Ok(());
        }
        cursor = Some(next);
    }
    Ok(())
}
