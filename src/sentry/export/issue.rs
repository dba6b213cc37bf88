//! Lists the issues of each project, page by page.
//!
//! Sorted by when they were born: while an export runs, new ones move the others
//! towards later pages, where they are met twice but never missed.

use std::collections::HashSet;
use std::io::{BufRead, BufReader};

use serde_json::Value;

use super::state::Part;
use super::{ExportError, Run, page};
use crate::sentry::json::{self, Object};

/// The names that servers have for that order; GlitchTip refuses Sentry's. An older
/// one that knows neither lists in its own order.
const SORTS: [&str; 3] = ["&sort=new", "&sort=-first_seen", ""];
/// Times that one listing may begin anew.
const RESTARTS: usize = 5;

/// Pages in a row that may hold nothing new. New issues push others onto a later page,
/// but not so many.
pub(super) const REPEATED: usize = 3;
/// The longest id; Sentry's are numbers, Bugsink's UUIDs.
const LONGEST: usize = 64;

/// An issue of which events are to be fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listed {
    pub id: String,
    /// How many events it has had.
    pub count: u64,
}

/// Fetches the listings and returns their issues in the order of the file.
pub(super) fn list(run: &mut Run<'_>) -> Result<Vec<Listed>, ExportError> {
    let mut listed = known(run)?;
    let mut seen: HashSet<String> = listed.iter().map(|l| l.id.clone()).collect();
    let since = run.since();
    for n in 0..run.work.state.listings.len() {
        let mut sorts = SORTS.iter().peekable();
        let mut restarts = 0;
        // A listing that comes back to a page would never end.
        let mut cursors: HashSet<String> =
            run.work.state.listings[n].cursor.iter().cloned().collect();
        // Ids since the listing began anew, and pages since the last new one.
        let mut passed: HashSet<String> = HashSet::new();
        let mut repeated = 0;
        while !run.work.state.listings[n].done {
            let listing = run.work.state.listings[n].clone();
            let sort = sorts.peek().copied().copied().unwrap_or_default();
            let path = path(run, &listing.id, listing.limit, listing.cursor.as_deref(), sort);
            let reply = match run.client.get(&path) {
                Err(error @ ExportError::TooLarge { .. }) if listing.limit == 1 => {
                    return Err(error);
                }
                Err(ExportError::TooLarge { .. }) => {
                    // A cursor counts in pages of one size.
                    let listing = &mut run.work.state.listings[n];
                    listing.limit = (listing.limit / 4).max(1);
                    listing.cursor = None;
                    cursors.clear();
                    passed.clear();
                    continue;
                }
                other => other?,
            };
            if !reply.is_success() {
                restarts += 1;
                if listing.cursor.is_some() && restarts <= RESTARTS {
                    // Servers forget cursors. What is known already is passed over.
                    run.work.state.listings[n].cursor = None;
                    cursors.clear();
                    passed.clear();
                    continue;
                }
                let (_, more) = (sorts.next(), sorts.peek().is_some());
                if more && listing.cursor.is_none() && matches!(reply.status, 400 | 422) {
                    continue;
                }
                return Err(ExportError::Refused {
                    address: run.client.address(),
                    path: path.split('?').next().unwrap_or(&path).to_owned(),
                    status: reply.status,
                    detail: reply.detail,
                });
            }
            let short = || path.split('?').next().unwrap_or(&path).to_owned();
            let Value::Array(list) = reply.value else {
                return Err(ExportError::Failing {
                    address: run.client.address(),
                    path: short(),
                    attempts: 1,
                    reason: format!("the answer (status {}) is no list", reply.status),
                });
            };
            let (rows, before) = (list.len(), passed.len());
            let mut issues = Vec::new();
            for row in list {
                let issue = match row {
                    Value::Object(issue) => read(&issue).map(|one| (one, issue)),
                    _ => None,
                };
                match issue {
                    Some(issue) => {
                        passed.insert(issue.0.id.clone());
                        issues.push(issue);
                    }
                    None => run.work.leave_out("an issue without a usable id"),
                }
            }
            repeated = if passed.len() > before { 0 } else { repeated + 1 };
            let again = reply.next.as_ref().is_some_and(|next| !cursors.insert(next.clone()));
            if again || (repeated >= REPEATED && reply.next.is_some()) {
                return Err(ExportError::Endless { address: run.client.address(), path: short() });
            }
            if rows >= listing.limit && !reply.paged {
                run.work.leave_out(
                    "issues after a full page, if there are any: the server does not say (it \
                     sends no `Link` header)",
                );
            }
            for (one, issue) in issues {
                let last = json::time(&issue, &["lastSeen"]);
                let early = since.is_some_and(|since| last.is_some_and(|last| last < since));
                if !early && seen.insert(one.id.clone()) {
                    run.work.add(Part::Issues, issue)?;
                    run.work.note(Object::from_iter([
                        ("id".to_owned(), Value::from(one.id.as_str())),
                        ("count".to_owned(), Value::from(one.count)),
                    ]))?;
                    listed.push(one);
                }
            }
            let listing = &mut run.work.state.listings[n];
            listing.done = reply.next.is_none();
            listing.cursor = reply.next;
            run.work.commit()?;
            (run.world.progress)(&format!("listing issues: {}", listed.len()));
        }
    }
    Ok(listed)
}

fn path(run: &Run<'_>, project: &str, limit: usize, cursor: Option<&str>, sort: &str) -> String {
    let mut path = run.in_org(&format!(
        "issues/?project={}&query={}&limit={limit}{sort}",
        page::encode(project),
        // An empty one is not the same as none, by which resolved issues are left out.
        page::encode(&run.settings.asked.query),
    ));
    if let Some(since) = run.since() {
        let day = |seconds: i64| {
            let time = jiff::Timestamp::from_second(seconds).unwrap_or_default();
            page::encode(&time.strftime("%Y-%m-%dT%H:%M:%S").to_string())
        };
        path.push_str(&format!("&start={}&end={}", day(since), day(run.work.state.started)));
    }
    if let Some(cursor) = cursor {
        path.push_str(&format!("&cursor={}", page::encode(cursor)));
    }
    path
}

/// The objects of a page.
pub(super) fn rows(value: Value) -> Vec<Object> {
    match value {
        Value::Array(list) => list
            .into_iter()
            .filter_map(|row| match row {
                Value::Object(row) => Some(row),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}

fn read(issue: &Object) -> Option<Listed> {
    let id = json::text(issue, &["id"]).filter(|id| is_id(id))?;
    Some(Listed { id, count: json::number(issue, &["count"]).unwrap_or(u64::MAX) })
}

/// Whether an id of an issue or event stands for itself in a path.
pub(super) fn is_id(id: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
    (1..=LONGEST).contains(&id.len()) && id.bytes().all(allowed)
}

/// The issues that an interrupted export has listed.
fn known(run: &Run<'_>) -> Result<Vec<Listed>, ExportError> {
    let path = run.work.path(Part::Listed);
    let io = |source| ExportError::Io { path: path.clone(), source };
    let file = BufReader::new(std::fs::File::open(&path).map_err(io)?);
    let mut known = Vec::new();
    for line in file.lines() {
        let line = line.map_err(io)?;
        let issue: Object = serde_json::from_str(&line)
            .map_err(|source| ExportError::State { path: path.clone(), source })?;
        known.extend(read(&issue));
    }
    if known.len() != run.work.size(Part::Issues).records {
        // Begun by a version that kept no such list.
        return Err(ExportError::Other(run.work.folder().to_owned()));
    }
    Ok(known)
}
