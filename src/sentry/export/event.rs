//! Fetches a few events of each issue: by name where the server knows names, else
//! from its list of events.

use serde_json::Value;

use super::issue::{Listed, rows};
use super::state::Part;
use super::{ExportError, Run, extra, page};
use crate::sentry::json::{self, Object};

/// The events that say most about an issue, in that order.
const NAMED: [&str; 3] = ["latest", "oldest", "recommended"];
/// Issues in a row whose events cannot be fetched, after which the server is taken
/// to be the reason.
const FAILURES: usize = 3;
/// Issues after which what was fetched is made to last.
const COMMIT: usize = 5;

/// What was found out about a server on the way.
#[derive(Debug, Default)]
struct Ways {
    /// Whether events are found below the issue's path without the organization, as
    /// older servers and GlitchTip have it.
    short: Option<bool>,
    /// Which of [`NAMED`] it does not know.
    unknown: Vec<&'static str>,
    seer: extra::Seer,
}

pub(super) fn fetch(run: &mut Run<'_>, issues: &[Listed]) -> Result<(), ExportError> {
    let mut ways = Ways::default();
    let mut failures = 0;
    for (n, issue) in issues.iter().enumerate().skip(run.work.state.issues_done) {
        match of_issue(run, issue, &mut ways) {
            Ok(events) => {
                failures = 0;
                for event in events {
                    run.work.add(Part::Events, event)?;
                }
            }
            // One broken event must not hold up all others, but a server that is gone
            // must not look like an issue without events.
            Err(error) => {
                let broken =
                    matches!(error, ExportError::Failing { .. } | ExportError::TooLarge { .. });
                failures += 1;
                if !broken || failures == FAILURES || !run.is_alive() {
                    return Err(error);
                }
                tracing::debug!(issue = issue.id, %error, "passes over the events");
                run.work.leave_out("the events of an issue, which the server could not send");
            }
        }
        if run.settings.seer {
            extra::summary(run, &issue.id, &mut ways.seer)?;
        }
        run.work.state.issues_done = n + 1;
        if (failures == 0 && (n + 1).is_multiple_of(COMMIT)) || n + 1 == issues.len() {
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
    for name in NAMED {
        if events.len() >= wanted {
            return Ok(events);
        }
        if ways.unknown.contains(&name) {
            continue;
        }
        match one(run, &issue.id, name, ways)? {
            Some(event) => keep(&mut events, event, &issue.id),
            // An issue may have lost its events; a server that has the latest one
            // must have an oldest.
            None if name == "latest" => {
                run.work.leave_out("an issue without an event");
                return Ok(events);
            }
            None => ways.unknown.push(name),
        }
    }
    listed(run, issue, wanted, &mut events, ways)?;
    Ok(events)
}

/// Adds an event unless it is there already, and names its issue in it.
fn keep(events: &mut Vec<Object>, mut event: Object, issue: &str) {
    let id = |event: &Object| json::text(event, &["eventID", "id"]);
    if id(&event).is_none() || events.iter().any(|known| id(known) == id(&event)) {
        return;
    }
    if json::text(&event, &["groupID", "groupId", "issue"]).is_none() {
        event.insert("groupID".to_owned(), Value::from(issue));
    }
    events.push(event);
}

/// One event by name or id; `None` if the server has no such event.
fn one(
    run: &Run<'_>,
    issue: &str,
    name: &str,
    ways: &mut Ways,
) -> Result<Option<Object>, ExportError> {
    for short in [false, true] {
        if ways.short.is_some_and(|known| known != short) {
            continue;
        }
        let reply =
            run.client.get(&format!("{}{}/", folder(run, issue, short), page::encode(name)))?;
        if let (true, Value::Object(event)) = (reply.is_success(), reply.value) {
            ways.short = Some(short);
            return Ok(Some(event));
        }
    }
    Ok(None)
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
    events: &mut Vec<Object>,
    ways: &mut Ways,
) -> Result<(), ExportError> {
    let folder = folder(run, &issue.id, ways.short.unwrap_or_default());
    let mut cursor: Option<String> = None;
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
        for row in rows(reply.value) {
            if events.len() >= wanted {
                return Ok(());
            }
            // Some servers list events without what is in them.
            let event = match json::text(&row, &["eventID", "id"]) {
                Some(id) if !row.contains_key("entries") => one(run, &issue.id, &id, ways)?,
                _ => Some(row),
            };
            if let Some(event) = event {
                keep(events, event, &issue.id);
            }
        }
        if reply.next.is_none() || reply.next == cursor {
            return Ok(());
        }
        cursor = reply.next;
    }
    Ok(())
}
