//! States of issues, and how two of one issue become one.

use rusqlite::{OptionalExtension, Row, Transaction, params};

use super::event::refresh;
use super::{Told, Written};
use crate::sentry::clean::cut;
use crate::sentry::query::identifier_parts;
use crate::sentry::record::{Mapping, Note};
use crate::sentry::trace::VALUE;
use crate::sentry::{Issue, SentryError, frame};

struct Known {
    row: i64,
    issue: Issue,
    whole: bool,
}

pub(in crate::sentry) const ISSUE_COLUMNS: &str = "i.id, i.short_id, i.title, i.error_type, i.message, \
    i.culprit, i.level, i.status, i.count, i.users, i.first_seen, i.last_seen, i.permalink, \
    i.project, i.platform, i.summary, i.root_cause, i.meta_file, i.meta_function, i.unhandled, \
    i.priority, i.substatus";

pub(in crate::sentry) fn read_issue(row: &Row<'_>) -> rusqlite::Result<Issue> {
    let unsigned = |n: usize| row.get::<_, i64>(n).map(|v| u64::try_from(v).unwrap_or_default());
    Ok(Issue {
        id: row.get(0)?,
        short_id: row.get(1)?,
        title: row.get(2)?,
        error_type: row.get(3)?,
        message: row.get(4)?,
        culprit: row.get(5)?,
        level: row.get(6)?,
        status: row.get(7)?,
        count: unsigned(8)?,
        users: unsigned(9)?,
        first_seen: row.get(10)?,
        last_seen: row.get(11)?,
        permalink: row.get(12)?,
        project: row.get(13)?,
        platform: row.get(14)?,
        summary: row.get(15)?,
        root_cause: row.get(16)?,
        meta_file: row.get(17)?,
        meta_function: row.get(18)?,
        unhandled: row.get(19)?,
        priority: row.get(20)?,
        substatus: row.get(21)?,
    })
}

/// The issue of that id, or of that short id where it stands for one.
fn known(tx: &Transaction<'_>, id: &str, short: bool) -> rusqlite::Result<Option<Known>> {
    let by = if short { "i.short_id = ?1 ORDER BY i.last_seen DESC, i.id" } else { "i.id = ?1" };
    let sql = format!("SELECT {ISSUE_COLUMNS}, i.row, i.whole FROM sentry_issue i WHERE {by}");
    tx.prepare_cached(&sql)?
        .query_row([id], |row| {
            Ok(Known { issue: read_issue(row)?, row: row.get("row")?, whole: row.get("whole")? })
        })
        .optional()
}

pub(super) fn put_issue(
    tx: &Transaction<'_>,
    incoming: &Issue,
    told: &mut Told,
) -> Result<Written, SentryError> {
    // A text or a note may have named the issue by its short id alone.
    let named = match incoming.short_id.as_deref().filter(|short| *short != incoming.id) {
        Some(short) => known(tx, short, false)?,
        None => None,
    };
    let Some(named) = named else { return put_whole(tx, incoming, told) };
    let absorbed = Issue { id: incoming.id.clone(), ..named.issue };
    put_whole(tx, &fill(incoming.clone(), &absorbed), told)?;
    if let Some(whole) = known(tx, &incoming.id, false)? {
        tx.execute("UPDATE sentry_event SET issue = ?2 WHERE issue = ?1", [named.row, whole.row])?;
        remove_issue(tx, named.row)?;
        refresh(tx, whole.row, None)?;
    }
    Ok(Written::Issue)
}

fn put_whole(
    tx: &Transaction<'_>,
    incoming: &Issue,
    told: &mut Told,
) -> Result<Written, SentryError> {
    let Some(known) = known(tx, &incoming.id, false)? else {
        let row = insert_issue(tx, incoming, true)?;
        index_text(tx, row, incoming)?;
        return Ok(Written::Issue);
    };
    let differ = |a: &Option<String>, b: &Option<String>| match (a, b) {
        (Some(a), Some(b)) => (!a.eq_ignore_ascii_case(b)).then(|| format!("{a} and {b}")),
        _ => None,
    };
    let pairs = [
        ("short ids", &known.issue.short_id, &incoming.short_id),
        ("projects", &known.issue.project, &incoming.project),
    ];
    if known.whole {
        for (what, old, new) in pairs {
            if let Some(both) = differ(old, new) {
                let id = &incoming.id;
                told.add(format!("issue {id} has two {what}, {both}; the newer state counts"));
            }
        }
    }
    let merged = if known.whole {
        merge(&known.issue, incoming)
    } else {
        // Of what events told nothing stays, or the order of files would show.
        let or =
            |own: &Option<String>, other: &Option<String>| own.clone().or_else(|| other.clone());
        Issue {
            summary: or(&incoming.summary, &known.issue.summary),
            root_cause: or(&incoming.root_cause, &known.issue.root_cause),
            ..incoming.clone()
        }
    };
    if known.whole && merged == known.issue {
        return Ok(Written::Unchanged);
    }
    update_issue(tx, known.row, &merged, true)?;
    index_text(tx, known.row, &merged)?;
    Ok(Written::Issue)
}

/// The newer state of an issue, its gaps filled from the other. Of two states with
/// the same last event and count neither is known to be newer: being resolved counts,
/// for that happens without a new event.
fn merge(old: &Issue, new: &Issue) -> Issue {
    let age = |i: &Issue| (i.last_seen, i.count);
    match age(new).cmp(&age(old)) {
        std::cmp::Ordering::Less => fill(old.clone(), new),
        std::cmp::Ordering::Greater => fill(new.clone(), old),
        std::cmp::Ordering::Equal => {
            let settled = |status: &str| match status {
                "resolved" => 2,
                "ignored" => 1,
                _ => 0,
            };
            let users = old.users.max(new.users);
            let newer = settled(&new.status) > settled(&old.status);
            let (status, substatus) = match newer {
                true => (new.status.clone(), new.substatus.clone()),
                false => (old.status.clone(), old.substatus.clone()),
            };
            fill(Issue { status, substatus, users, ..old.clone() }, new)
        }
    }
}

/// Fills what one state of an issue lacks from another.
fn fill(state: Issue, other: &Issue) -> Issue {
    let or = |own: Option<String>, other: &Option<String>| own.or_else(|| other.clone());
    Issue {
        short_id: or(state.short_id, &other.short_id),
        error_type: or(state.error_type, &other.error_type),
        message: if state.message.is_empty() { other.message.clone() } else { state.message },
        culprit: or(state.culprit, &other.culprit),
        permalink: or(state.permalink, &other.permalink),
        project: or(state.project, &other.project),
        platform: or(state.platform, &other.platform),
        summary: or(state.summary, &other.summary),
        root_cause: or(state.root_cause, &other.root_cause),
        meta_file: or(state.meta_file, &other.meta_file),
        meta_function: or(state.meta_function, &other.meta_function),
        unhandled: state.unhandled.or(other.unhandled),
        priority: or(state.priority, &other.priority),
        substatus: match state.status == other.status {
            true => or(state.substatus, &other.substatus),
            false => state.substatus,
        },
        first_seen: state.first_seen.or(other.first_seen),
        last_seen: state.last_seen.or(other.last_seen),
        ..state
    }
}

/// An issue of a text fills what is missing in a known one, and changes nothing else.
pub(super) fn put_text(tx: &Transaction<'_>, incoming: &Issue) -> Result<Written, SentryError> {
    let found = match known(tx, &incoming.id, false)? {
        Some(found) => Some(found),
        None => match &incoming.short_id {
            Some(short) => known(tx, short, true)?,
            None => None,
        },
    };
    let Some(known) = found else {
        let row = insert_issue(tx, incoming, true)?;
        index_text(tx, row, incoming)?;
        return Ok(Written::Issue);
    };
    let filled = fill(known.issue.clone(), incoming);
    if filled == known.issue {
        return Ok(Written::Unchanged);
    }
    update_issue(tx, known.row, &filled, known.whole)?;
    index_text(tx, known.row, &filled)?;
    Ok(Written::Issue)
}

pub(super) fn put_note(tx: &Transaction<'_>, note: &Note) -> Result<Written, SentryError> {
    let id = note.issue.clone().unwrap_or_default();
    let found = match known(tx, &id, false)? {
        Some(found) => Some(found),
        None => known(tx, &id, true)?,
    };
    let (row, old, whole) = match found {
        Some(found) => (found.row, found.issue, found.whole),
        None => {
            // Nothing else is known of the issue yet.
            let title = note.title.clone().unwrap_or_else(|| "<no title>".to_owned());
            let issue = Issue {
                id,
                title: cut(&title, 300),
                level: "error".to_owned(),
                status: "unresolved".to_owned(),
                ..Issue::default()
            };
            (insert_issue(tx, &issue, false)?, issue, false)
        }
    };
    let root_cause = match (&old.root_cause, &note.root_cause) {
        // One of several causes; they come in any order, and again.
        (Some(old), Some(new)) if note.appends && old.contains(new.as_str()) => Some(old.clone()),
        (Some(old), Some(new)) if note.appends => Some(cut(&format!("{old}\n{new}"), VALUE)),
        (old, new) => new.clone().or_else(|| old.clone()),
    };
    let summary = note.summary.clone().or_else(|| old.summary.clone());
    let issue = Issue { summary, root_cause, ..old.clone() };
    if issue == old {
        return Ok(Written::Unchanged);
    }
    update_issue(tx, row, &issue, whole)?;
    index_text(tx, row, &issue)?;
    Ok(Written::Note)
}

pub(super) fn put_mapping(tx: &Transaction<'_>, mapping: &Mapping) -> Result<Written, SentryError> {
    let changed = tx
        .prepare_cached(
            "INSERT INTO sentry_mapping (project, stack_root, source_root, origin)
             VALUES (?1, ?2, ?3, 'import')
             ON CONFLICT DO UPDATE SET source_root = excluded.source_root
             WHERE origin = 'import' AND source_root <> excluded.source_root",
        )?
        .execute([&mapping.project, &mapping.stack_root, &mapping.source_root])?;
    Ok(if changed > 0 { Written::Mapping } else { Written::Unchanged })
}

pub(super) fn remove_issue(tx: &Transaction<'_>, row: i64) -> Result<(), SentryError> {
    tx.execute("DELETE FROM sentry_text WHERE rowid = ?1", [row])?;
    tx.execute("DELETE FROM sentry_issue WHERE row = ?1", [row])?;
    Ok(())
}

pub(super) fn hash<T: serde::Serialize>(value: &T) -> Result<Vec<u8>, SentryError> {
    Ok(blake3::hash(&serde_json::to_vec(value)?).as_bytes()[..16].to_vec())
}

pub(super) fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

pub(super) fn insert_issue(
    tx: &Transaction<'_>,
    issue: &Issue,
    whole: bool,
) -> Result<i64, SentryError> {
    tx.prepare_cached(
        "INSERT INTO sentry_issue (id, title, message, level, status, count, users, whole, hash)
         VALUES (?1, '', '', '', '', 0, 0, 0, x'')",
    )?
    .execute([&issue.id])?;
    let row = tx.last_insert_rowid();
    update_issue(tx, row, issue, whole)?;
    Ok(row)
}

pub(super) fn update_issue(
    tx: &Transaction<'_>,
    row: i64,
    issue: &Issue,
    whole: bool,
) -> Result<(), SentryError> {
    tx.prepare_cached(
        "UPDATE sentry_issue SET short_id = ?2, title = ?3, error_type = ?4, error_name = ?5,
            message = ?6, culprit = ?7, level = ?8, status = ?9, count = ?10, users = ?11,
            first_seen = ?12, last_seen = ?13, permalink = ?14, project = ?15, platform = ?16,
            summary = ?17, whole = ?18, hash = ?19, root_cause = ?20, meta_file = ?21,
            meta_function = ?22, unhandled = ?23, priority = ?24, substatus = ?25
         WHERE row = ?1",
    )?
    .execute(params![
        row,
        issue.short_id,
        issue.title,
        issue.error_type,
        issue.error_type.as_deref().map(frame::plain_name),
        issue.message,
        issue.culprit,
        issue.level,
        issue.status,
        signed(issue.count),
        signed(issue.users),
        issue.first_seen,
        issue.last_seen,
        issue.permalink,
        issue.project,
        issue.platform,
        issue.summary,
        whole,
        hash(issue)?,
        issue.root_cause,
        issue.meta_file,
        issue.meta_function,
        issue.unhandled,
        issue.priority,
        issue.substatus,
    ])?;
    put_site(tx, row, issue)
}

/// Keeps where an issue lies by its own account.
fn put_site(tx: &Transaction<'_>, row: i64, issue: &Issue) -> Result<(), SentryError> {
    let Some((place, function)) = frame::of_issue(issue) else {
        tx.prepare_cached("DELETE FROM sentry_site WHERE issue = ?1")?.execute([row])?;
        return Ok(());
    };
    tx.prepare_cached(
        "INSERT OR REPLACE INTO sentry_site (issue, path, base, absolute, function)
         VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![row, place.path, place.base, place.absolute, function])?;
    Ok(())
}

pub(super) fn index_text(tx: &Transaction<'_>, row: i64, issue: &Issue) -> Result<(), SentryError> {
    tx.prepare_cached("DELETE FROM sentry_text WHERE rowid = ?1")?.execute([row])?;
    let kind = issue.error_type.as_deref().unwrap_or_default();
    let culprit = issue.culprit.as_deref().unwrap_or_default();
    let parts = [issue.title.as_str(), kind, culprit].map(identifier_parts);
    tx.prepare_cached(
        "INSERT INTO sentry_text (rowid, title, message, culprit, error_type, parts)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![row, issue.title, issue.message, culprit, kind, parts.join(" ")])?;
    Ok(())
}
