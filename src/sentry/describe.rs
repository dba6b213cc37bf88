//! Issues and events as text, for agents and for the command line.

use super::{Event, Exception, Frame, Issue};
use crate::sentry::clean::cut;

/// Frames, variables and breadcrumbs of the details view; as many as Sentry's
/// reviewer shows.
const FRAMES: usize = 16;
const BREADCRUMBS: usize = 10;
/// Lines of source on each side of a frame's own.
const AROUND: u32 = 2;

/// One line: id, title, error type, count and the day it was last seen.
pub fn line(issue: &Issue) -> String {
    let id = issue.short_id.as_deref().unwrap_or(&issue.id);
    let title = cut(&fold(&issue.title), 160);
    let mut facts = Vec::new();
    if let Some(kind) = issue.error_type.as_deref().filter(|k| !title.starts_with(*k)) {
        facts.push(fold(kind));
    }
    facts.push(match issue.count {
        1 => "1 event".to_owned(),
        n => format!("{n} events"),
    });
    if let Some(seen) = issue.last_seen.and_then(date) {
        facts.push(format!("last seen {seen}"));
    }
    if issue.status != "unresolved" {
        facts.push(issue.status.clone());
    }
    format!("{id}  {title} ({})", facts.join(", "))
}

/// The parts of the details view, each a passage by itself.
pub fn details(issue: &Issue, event: Option<&Event>) -> Vec<String> {
    let mut parts = vec![line(issue)];
    if let Some(culprit) = &issue.culprit {
        parts.push(format!("raised in {}", fold(culprit)));
    }
    if let Some(summary) = &issue.summary {
        parts.push(format!("summary: {summary}"));
    }
    let Some(event) = event else {
        if !issue.message.is_empty() {
            parts.push(cut(&issue.message, 1000));
        }
        parts.push("No event of this issue was exported, so there is no stack trace.".to_owned());
        return parts;
    };
    if event.exceptions.is_empty() && !event.message.is_empty() {
        parts.push(cut(&event.message, 1000));
    }
    // The raised exception says most; its causes follow.
    let mut left = FRAMES;
    for (n, exception) in event.exceptions.iter().rev().enumerate() {
        parts.extend(exception_parts(exception, n > 0, &mut left));
    }
    if !event.breadcrumbs.is_empty() {
        let skip = event.breadcrumbs.len().saturating_sub(BREADCRUMBS);
        parts.push(format!("breadcrumbs:\n  {}", event.breadcrumbs[skip..].join("\n  ")));
    }
    let mut tags: Vec<String> =
        event.tags.iter().take(20).map(|(k, v)| format!("{k}={}", cut(&fold(v), 80))).collect();
    for (key, value) in [("release", &event.release), ("environment", &event.environment)] {
        if let Some(value) = value
            && !event.tags.iter().any(|(k, _)| k == key)
        {
            tags.push(format!("{key}={}", cut(&fold(value), 80)));
        }
    }
    if !tags.is_empty() {
        parts.push(format!("tags: {}", tags.join(", ")));
    }
    parts
}

fn exception_parts(exception: &Exception, cause: bool, left: &mut usize) -> Vec<String> {
    let mut parts = Vec::new();
    let start = if cause { "caused by " } else { "" };
    let name = [&exception.error_type, &exception.value].map(|s| s.trim());
    let head = match name {
        ["", ""] => String::new(),
        ["", value] => value.to_owned(),
        [kind, ""] => kind.to_owned(),
        [kind, value] => format!("{kind}: {value}"),
    };
    if !head.is_empty() {
        parts.push(format!("{start}{}", cut(&head, 1000)));
    }
    if exception.frames.is_empty() || *left == 0 {
        return parts;
    }
    let chosen = choose(&exception.frames, *left);
    *left -= chosen.len();
    if chosen.len() < exception.frames.len() {
        let omitted = exception.frames.len() - chosen.len();
        parts.push(format!("stack, the crash first ({omitted} frames left out):"));
    } else {
        parts.push("stack, the crash first:".to_owned());
    }
    parts.extend(chosen.into_iter().map(frame));
    parts
}

/// At most `limit` frames, the crash first: application frames go before
/// library ones, and near ones before far ones.
fn choose(frames: &[Frame], limit: usize) -> Vec<&Frame> {
    let mut order: Vec<usize> = (0..frames.len()).rev().collect();
    order.sort_by_key(|n| frames[*n].in_app != Some(true));
    order.truncate(limit);
    order.sort_by(|a, b| b.cmp(a));
    order.into_iter().map(|n| &frames[n]).collect()
}

fn frame(frame: &Frame) -> String {
    let mut text = format!(
        "  {} at {}",
        frame.function.as_deref().unwrap_or("?"),
        frame.filename.as_deref().or(frame.module.as_deref()).unwrap_or("?"),
    );
    if let Some(line) = frame.line {
        text.push_str(&format!(":{line}"));
    }
    if frame.in_app == Some(true) {
        text.push_str(" (app)");
    }
    let near = |n: u32| frame.line.is_none_or(|line| line.abs_diff(n) <= AROUND);
    for (number, source) in frame.context.iter().filter(|(n, s)| near(*n) && !s.trim().is_empty()) {
        let mark = if Some(*number) == frame.line { '>' } else { ' ' };
        text.push_str(&format!("\n   {mark} {number}: {}", source.trim_end()));
    }
    for (name, value) in variables(frame) {
        text.push_str(&format!("\n     {name} = {}", cut(&fold(value), 200)));
    }
    text
}

/// The variables that the source lines around the frame mention; all others
/// are noise, and a server-side filter has emptied some.
pub fn variables(frame: &Frame) -> impl Iterator<Item = (&str, &str)> {
    frame
        .vars
        .iter()
        .filter(move |(name, value)| {
            !value.contains("[Filtered]")
                && frame.context.iter().any(|(_, line)| mentions(line, name))
        })
        .map(|(name, value)| (name.as_str(), value.as_str()))
}

/// Whether a source line has a variable's name as a whole word.
pub(super) fn mentions(line: &str, name: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    line.split(|c| !part(c)).any(|word| word == name.trim_start_matches('@'))
}

/// A day as `2026-01-31`, in UTC.
pub fn date(seconds: i64) -> Option<String> {
    let time = jiff::Timestamp::from_second(seconds).ok()?;
    Some(time.strftime("%Y-%m-%d").to_string())
}

fn fold(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
