//! Past failures in a few short lines each, for agents and people.

use std::collections::HashSet;

use serde::Serialize;

use super::{History, Past, Relation};
use crate::finding::Source;
use crate::plain;
use crate::sentry::{Issue, Sample, SentryCache, SentryError, describe};

/// Characters of a line; a longer one could not be quoted (see `agent::Ledger`).
const LINE: usize = 200;
/// Characters of a title, of the line that crashed, of a value.
const TITLE: usize = 90;
const CODE: usize = 80;
const VALUE: usize = 40;
/// Variables and different messages that are named.
const VARIABLES: usize = 2;
const MESSAGES: usize = 3;
const DAY: i64 = 86_400;
/// What is outside all functions.
const TOP: &str = "the top level";

/// A past failure for programs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row<'a> {
    pub relation: Relation,
    pub path: &'a str,
    pub symbol: Option<&'a str>,
    pub place: Option<&'a str>,
    pub either: &'a [String],
    pub issue: &'a Issue,
    pub sample: &'a Sample,
}

/// A past failure as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The issue under the name by which `sentry_details` finds it.
    pub source: Source,
    /// Lines of at most 200 characters, without line end.
    pub text: String,
}

impl History {
    /// One entry for each issue, at its closest relation, at most `most`; what crashed in
    /// another file of the folder says too little to be listed.
    pub fn brief(&self, most: usize, cache: &SentryCache<'_>) -> Result<Vec<Entry>, SentryError> {
        self.entries(self.past.iter(), most, cache)
    }

    /// What [`Self::brief`] shows, for programs.
    pub fn rows(&self, most: usize) -> Vec<Row<'_>> {
        let mut seen = HashSet::new();
        self.past
            .iter()
            .filter(|p| p.relation != Relation::Folder)
            .filter(|p| seen.insert(p.found.issue.id.as_str()))
            .take(most)
            .map(|p| Row {
                relation: p.relation,
                path: &p.path,
                symbol: p.symbol.as_deref(),
                place: p.place.as_deref(),
                either: &p.either,
                issue: &p.found.issue,
                sample: &p.sample,
            })
            .collect()
    }

    /// As [`Self::brief`], of what concerns a symbol first, then of what concerns its
    /// file; issues named in `but` (by id) are left out.
    pub fn concerning(
        &self,
        path: &str,
        symbol: Option<&str>,
        but: &HashSet<String>,
        most: usize,
        cache: &SentryCache<'_>,
    ) -> Result<Vec<Entry>, SentryError> {
        let here = |p: &&Past| p.path == path && !but.contains(&p.found.issue.id);
        let of_symbol = |p: &&Past| symbol.is_some() && p.symbol.as_deref() == symbol;
        let all = || self.past.iter().filter(here);
        let ordered = all().filter(of_symbol).chain(all().filter(|p| !of_symbol(p)));
        self.entries(ordered, most, cache)
    }

    fn entries<'a>(
        &self,
        past: impl Iterator<Item = &'a Past>,
        most: usize,
        cache: &SentryCache<'_>,
    ) -> Result<Vec<Entry>, SentryError> {
        let mut seen = HashSet::new();
        let past = past.filter(|p| p.relation != Relation::Folder);
        let once = past.filter(|p| seen.insert(p.found.issue.id.clone())).take(most);
        let entry = |past: &Past| {
            let issue = &past.found.issue;
            let short = short_id(issue, cache)?;
            let text = self.text(past, short.as_deref().unwrap_or(&issue.id));
            let (id, url) = (issue.id.clone(), issue.permalink.clone());
            Ok(Entry { source: Source::Issue { id, short_id: short, url }, text })
        };
        once.map(entry).collect()
    }

    fn text(&self, past: &Past, name: &str) -> String {
        let issue = &past.found.issue;
        let mut facts = vec![relation(past)];
        if past.found.raised.is_some() {
            facts.push(format!("the cause of {}", plain::line(&issue.title, CODE)));
        }
        facts.push(events(issue.count));
        facts.extend(self.age(issue));
        if issue.status == "resolved" {
            facts.push("resolved".to_owned());
        }
        let first = format!("{name}  {} ({})", plain::line(&past.title(), TITLE), facts.join(", "));
        let mut lines = vec![first];
        lines.extend(details(past));
        let line = |l: String| plain::line(&l, LINE);
        lines.into_iter().map(line).collect::<Vec<_>>().join("\n")
    }

    /// When it was last seen, from the newest data of the cache.
    fn age(&self, issue: &Issue) -> Option<String> {
        let seen = issue.last_seen?;
        let day = describe::date(seen)?;
        Some(match self.newest.map(|newest| (newest - seen) / DAY) {
            Some(0) | None => format!("last seen {day}, the newest data"),
            Some(1) => format!("last seen {day}, 1 day before the newest data"),
            Some(days) => format!("last seen {day}, {days} days before the newest data"),
        })
    }
}

/// The issue's short id, where it leads back to it: they are not unique in the wild.
fn short_id(issue: &Issue, cache: &SentryCache<'_>) -> Result<Option<String>, SentryError> {
    let Some(short) = &issue.short_id else { return Ok(None) };
    Ok((cache.issue(short)?.id == issue.id).then(|| short.clone()))
}

fn events(count: u64) -> String {
    if count == 1 { "1 event".to_owned() } else { format!("{count} events") }
}

fn relation(past: &Past) -> String {
    let frame = past.found.frame.function.as_deref();
    let place = match (past.place.as_deref(), frame.is_some_and(is_top_level)) {
        (Some(place), _) => place,
        (None, true) => TOP,
        (None, false) => "a function without a name",
    };
    let symbol = past.symbol.as_deref().unwrap_or_default();
    let told = match past.relation {
        Relation::Crashed => format!("crashed in {symbol}"),
        Relation::Passed => format!("passed through {symbol}"),
        Relation::Caller => format!("crashed in {place}, which calls {symbol}"),
        Relation::Callee => format!("crashed in {place}, which {symbol} calls"),
        Relation::File => {
            let at = if place == TOP { "at" } else { "in" };
            format!("crashed {at} {place} of {}", past.path)
        }
        Relation::Folder => format!("crashed in {place} of {}", past.found.path),
    };
    match past.either.first().or(past.found.others.first()) {
        Some(other) => format!("{told}, if not in {other}"),
        None => told,
    }
}

/// Whether a frame is outside all functions, as Python, Ruby and PHP call it.
fn is_top_level(function: &str) -> bool {
    ["<module>", "<main>", "{main}"].contains(&function)
        || function.starts_with("<top ")
        || function.starts_with("<class:")
        || function.starts_with("<module:")
}

/// The line that crashed, the values of variables on it, and how the message varied.
fn details(past: &Past) -> Vec<String> {
    let (frame, sample) = (&past.found.frame, &past.sample);
    let mut lines = Vec::new();
    let own = frame.line.and_then(|line| frame.context.iter().find(|(n, _)| *n == line));
    let mut parts = Vec::new();
    if let Some((_, text)) = own.filter(|(_, text)| !text.trim().is_empty()) {
        parts.push(format!("at `{}`", plain::line(text.trim(), CODE)));
    }
    let of = |n: usize| match sample.events {
        0 | 1 => String::new(),
        all => format!(" in {n} of {all} stored events"),
    };
    for value in sample.values.iter().take(VARIABLES) {
        let Some((text, n)) = value.seen.first() else { continue };
        let more = if value.seen.len() > 1 { ", others differ" } else { "" };
        parts.push(format!("{} = {}{}{more}", value.name, plain::line(text, VALUE), of(*n)));
    }
    if !parts.is_empty() {
        lines.push(format!("    {}", parts.join("; ")));
    }
    let title = past.title();
    let other: Vec<String> = sample
        .messages
        .iter()
        .filter(|(text, _)| !title.contains(text.as_str()))
        .take(MESSAGES)
        .map(|(text, n)| format!("{}{}", plain::line(text, VALUE), of(*n)))
        .collect();
    if !other.is_empty() {
        lines.push(format!("    also with: {}", other.join("; ")));
    }
    lines
}
