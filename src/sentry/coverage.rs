//! What the cache holds, and how much of it lies in a tree.

use std::collections::{BTreeMap, HashMap};

use rusqlite::Connection;
use serde::Serialize;

use super::frame::Place;
use super::mapping::{self, Mappings};
use super::tree::{Candidate, Tree};
use super::{Event, SentryError, query};

/// Issues whose frames are counted: the last seen ones.
const ISSUES: usize = 2000;

/// What the cache holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Coverage {
    pub issues: u64,
    pub events: u64,
    /// Issues of which an event was exported.
    pub with_event: u64,
    /// Seconds since the epoch.
    pub first_seen: Option<i64>,
    pub last_seen: Option<i64>,
    pub mappings: u64,
    /// Bytes of the packed events.
    pub event_bytes: u64,
    /// Bytes of the whole database, with what else is in it.
    pub database_bytes: u64,
    /// Issues whose frames were counted, the last seen first.
    pub counted: u64,
    pub projects: Vec<ProjectCoverage>,
}

/// One project's part.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ProjectCoverage {
    /// Empty where the export names none.
    pub project: String,
    pub issues: u64,
    pub events: u64,
    pub with_event: u64,
    pub first_seen: Option<i64>,
    pub last_seen: Option<i64>,
    /// Application frames of the counted issues' newest events; of those nearest to
    /// the crash, which are searched.
    pub frames: u64,
    /// Of these, those that lie in a file of the tree, and in one of several.
    pub placed: u64,
    pub ambiguous: u64,
}

pub(super) fn coverage(db: &Connection, tree: Option<&Tree>) -> Result<Coverage, SentryError> {
    let number = |sql: &str| -> Result<u64, SentryError> {
        Ok(db
            .query_row(sql, [], |r| r.get::<_, Option<i64>>(0))?
            .unwrap_or_default()
            .unsigned_abs())
    };
    let mut statement = db.prepare(
        "SELECT coalesce(i.project, ''), count(*), count(i.latest), min(i.first_seen),
                max(i.last_seen)
         FROM sentry_issue i GROUP BY 1 ORDER BY 2 DESC, 1",
    )?;
    let rows = statement.query_map([], |r| {
        Ok(ProjectCoverage {
            project: r.get(0)?,
            issues: r.get::<_, i64>(1)?.unsigned_abs(),
            with_event: r.get::<_, i64>(2)?.unsigned_abs(),
            first_seen: r.get(3)?,
            last_seen: r.get(4)?,
            ..ProjectCoverage::default()
        })
    })?;
    let mut projects: Vec<ProjectCoverage> = rows.collect::<Result<_, _>>()?;
    let mut events: BTreeMap<String, u64> = BTreeMap::new();
    let mut statement = db.prepare(
        "SELECT coalesce(i.project, ''), count(*) FROM sentry_event e
         JOIN sentry_issue i ON i.row = e.issue GROUP BY 1",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        events.insert(row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs());
    }
    for project in &mut projects {
        project.events = events.get(&project.project).copied().unwrap_or_default();
    }
    let counted = match tree {
        Some(tree) => frames(db, tree, &mut projects)?,
        None => 0,
    };
    let sum = |part: fn(&ProjectCoverage) -> u64| projects.iter().map(part).sum();
    Ok(Coverage {
        issues: sum(|p| p.issues),
        events: sum(|p| p.events),
        with_event: sum(|p| p.with_event),
        first_seen: projects.iter().filter_map(|p| p.first_seen).min(),
        last_seen: query::newest(db)?,
        mappings: number("SELECT count(*) FROM sentry_mapping")?,
        event_bytes: number("SELECT sum(length(body)) FROM sentry_event")?,
        database_bytes: number(
            "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
        )?,
        counted,
        projects,
    })
}

/// Counts application frames and those that lie in the tree; returns how many issues
/// were looked at.
fn frames(
    db: &Connection,
    tree: &Tree,
    projects: &mut [ProjectCoverage],
) -> Result<u64, SentryError> {
    let mappings = mapping::load(db)?;
    let mut statement = db.prepare(
        "SELECT coalesce(project, ''), latest FROM sentry_issue WHERE latest IS NOT NULL
         ORDER BY last_seen DESC, id LIMIT ?1",
    )?;
    let mut rows = statement.query([ISSUES as i64])?;
    let mut known = HashMap::new();
    let mut counted = 0;
    while let Some(row) = rows.next()? {
        let (name, latest): (String, i64) = (row.get(0)?, row.get(1)?);
        let Some(part) = projects.iter_mut().find(|p| p.project == name) else { continue };
        let Some(event) = query::event(db, latest)? else { continue };
        counted += 1;
        let places = stored(db, latest)?;
        for (n, exception) in event.exceptions.iter().enumerate() {
            // Only the frames nearest to the crash are kept for searches.
            let skip = exception.frames.len().saturating_sub(super::event::SEARCHED);
            for (at, frame) in exception.frames.iter().enumerate().skip(skip) {
                if frame.in_app != Some(true) {
                    continue;
                }
                part.frames += 1;
                let Some(place) = places.get(&(n, at)) else { continue };
                let key = (place.clone(), name.clone());
                let found = known.entry(key).or_insert_with(|| {
                    let candidates = tree.resolve(place, &mappings, Some(&name));
                    (candidates.len() == 1, candidates.len() > 1)
                });
                part.placed += u64::from(found.0 || found.1);
                part.ambiguous += u64::from(found.1);
            }
        }
    }
    Ok(counted)
}

/// The places of an event's frames, by exception and position.
fn stored(db: &Connection, event: i64) -> Result<HashMap<(usize, usize), Place>, SentryError> {
    let mut statement = db.prepare_cached(
        "SELECT exception, position, path, base, absolute, root FROM sentry_placed WHERE event = ?1",
    )?;
    let rows = statement.query_map([event], |r| {
        let at = (r.get::<_, u32>(0)? as usize, r.get::<_, u32>(1)? as usize);
        Ok((at, Place { path: r.get(2)?, base: r.get(3)?, absolute: r.get(4)?, root: r.get(5)? }))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn places(
    db: &Connection,
    tree: Option<&Tree>,
    event: &Event,
) -> Result<Vec<Vec<Vec<Candidate>>>, SentryError> {
    let mut found: Vec<Vec<Vec<Candidate>>> =
        event.exceptions.iter().map(|e| vec![Vec::new(); e.frames.len()]).collect();
    let Some(tree) = tree else { return Ok(found) };
    let mappings: Mappings = mapping::load(db)?;
    let (row, project): (i64, Option<String>) = db.query_row(
        "SELECT e.row, i.project FROM sentry_event e JOIN sentry_issue i ON i.row = e.issue
         WHERE e.id = ?1",
        [&event.id],
        |r| Ok((r.get(0)?, r.get(1)?)),
    )?;
    let mut statement = db.prepare_cached(
        "SELECT exception, position, function FROM sentry_placed WHERE event = ?1",
    )?;
    let rows = statement.query_map([row], |r| {
        let at = (r.get::<_, u32>(0)? as usize, r.get::<_, u32>(1)? as usize);
        Ok((at, r.get::<_, Option<String>>(2)?))
    })?;
    let functions: HashMap<(usize, usize), Option<String>> = rows.collect::<Result<_, _>>()?;
    for ((exception, position), place) in stored(db, row)? {
        let function = functions.get(&(exception, position)).and_then(Option::as_deref);
        let slot = found.get_mut(exception).and_then(|e| e.get_mut(position));
        if let Some(slot) = slot {
            *slot = tree.resolve_in(&place, &mappings, project.as_deref(), function)?;
        }
    }
    Ok(found)
}
