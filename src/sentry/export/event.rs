//! Fetches a few events of each issue: by name where the server knows names, else
//! from its list of events.

use std::collections::HashSet;

use serde_json::Value;

use super::issue::{Listed, REPEATED, is_id, rows};
use super::state::Part;
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

/// The reason of an event that is missing.
const ODD: &str = "an event, in whose place the server sent something else";

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
    seer: extra::Seer,
}

/// What a server says to the request for one event.
enum Found {
    Event(Object),
    Nothing,
    /// An answer, but no event.
    Odd,
}

pub(super) fn fetch(run: &mut Run<'_>, issues: &[Listed]) -> Result<(), ExportError> {
    let mut ways = Ways::default();
    for (n, issue) in issues.iter().enumerate().skip(run.work.state.issues_done) {
        let outcome = of_issue(run, issue, &mut ways);
        // One took minutes to fail, which must not be for nothing.
        let failed = outcome.is_err();
        match outcome {
            Ok(events) => {
                for event in events {
                    run.work.add(Part::Events, event)?;
                }
            }
            // One broken event must not hold up all others, but a server that is gone
            // must not look like an issue without events.
            Err(error) => {
                if !run.is_alive() {
                    return Err(error);
                }
                tracing::debug!(issue = issue.id, %error, "passes over the events");
                run.work.leave_out(match error {
                    ExportError::Denied { .. } => {
                        "the events of an issue, which the token may not read"
                    }
                    _ => "the events of an issue, which the server could not send",
                });
            }
        }
        if run.settings.seer {
            extra::summary(run, &issue.id, &mut ways.seer)?;
        }
        run.work.state.issues_done = n + 1;
        if failed || (n + 1).is_multiple_of(COMMIT) || n + 1 == issues.len() {
            run.work.commit()?;
            (run.world.progress)(&format!("fetching events: {} of {} issues", n + 1, issues.len()));
        }
    }
    Ok(())
}

/// Up to as many events as are wanted, each once.
fn of_issue(
    run: &mut Run<'_>,
    issue: &Listed,
    ways: &mut Ways,
) -> Result<Vec<Object>, ExportError> {
    let most = usize::try_from(issue.count).unwrap_or(usize::MAX).max(1);
    let wanted = run.settings.events.min(most);
    let mut events: Vec<Object> = Vec::new();
    for (n, name) in NAMED.into_iter().enumerate() {
        if events.len() >= wanted {
            return Ok(events);
        }
        if !ways.met[n] && ways.missed[n] >= MISSES {
            continue;
        }
        let found = one(run, &issue.id, name, ways)?;
        let is_latest = name == "latest";
        match found {
            Found::Event(event) => {
                ways.met[n] = true;
                keep(&mut events, event, &issue.id);
                continue;
            }
            // An issue may have lost its events.
            Found::Nothing if is_latest => run.work.leave_out("an issue without an event"),
            Found::Nothing => {}
            Found::Odd => run.work.leave_out(ODD),
        }
        if is_latest {
            return Ok(events);
        }
        ways.missed[n] += 1;
    }
    listed(run, issue, wanted, &mut events, ways)?;
    Ok(events)
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
        let reply =
            run.client.get(&format!("{}{}/", folder(run, issue, short), page::encode(name)))?;
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
    run: &mut Run<'_>,
    issue: &Listed,
    wanted: usize,
    events: &mut Vec<Object>,
    ways: &mut Ways,
) -> Result<(), ExportError> {
    let folder = folder(run, &issue.id, ways.short.unwrap_or_default());
    let mut cursor: Option<String> = None;
    let (mut cursors, mut passed, mut repeated) = (HashSet::new(), HashSet::new(), 0);
    let limit = run.settings.limits.page.min(wanted);
    while events.len() < wanted {
        let mut path = format!("{folder}?full=1&per_page={limit}");
        if let Some(cursor) = &cursor {
            path.push_str(&format!("&cursor={}", page::encode(cursor)));
        }
        let reply = run.client.get(&path)?;
        if !reply.is_success() {
            // No list, or a cursor that ran out: what there is will do.
            return Ok(());
        }
        if !reply.value.is_array() {
            run.work.leave_out("a list of events, in whose place the server sent something else");
            return Ok(());
        }
        let before = passed.len();
        for row in rows(reply.value) {
            if events.len() >= wanted {
                return Ok(());
            }
            let Some(id) = json::text(&row, &ID).filter(|id| is_id(id)) else {
                run.work.leave_out("an event without a usable id");
                continue;
            };
            if !passed.insert(id.clone()) {
                continue;
            }
            // Some servers list events without what is in them.
            let found = match row.contains_key("entries") {
                true => Found::Event(row),
                false => one(run, &issue.id, &id, ways)?,
            };
            match found {
                Found::Event(event) => keep(events, event, &issue.id),
                Found::Nothing => {}
                Found::Odd => run.work.leave_out(ODD),
            }
        }
        repeated = if passed.len() > before { 0 } else { repeated + 1 };
        let Some(next) = reply.next else { return Ok(()) };
        if repeated >= REPEATED || !cursors.insert(next.clone()) {
            run.work.leave_out("further events of an issue, whose list does not come to an end");
            return Ok(());
        }
        cursor = Some(next);
    }
    Ok(())
}
