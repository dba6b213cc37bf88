//! Issues and events as text, for agents and for the command line.

use super::{Candidate, Event, Exception, Frame, Issue};
use crate::plain::{self, fold};
use crate::sentry::clean::cut;

/// Frames, variables and breadcrumbs of the details view; as many as Sentry's
/// reviewer shows.
const FRAMES: usize = 16;
const BREADCRUMBS: usize = 10;
/// Lines of source on each side of a frame's own.
const AROUND: u32 = 2;

/// Characters of a message or a summary in a line.
const BRIEF: usize = 160;

/// One line: short id and id, title, error type, where it was raised, counts, when it
/// was seen, and, where the title does not say it, message and summary.
pub fn line(issue: &Issue) -> String {
    let id = match &issue.short_id {
        Some(short) if *short != issue.id => format!("{} (id {})", fold(short), fold(&issue.id)),
        _ => fold(&issue.id),
    };
    let title = cut(&fold(&issue.title), BRIEF);
    let mut facts = Vec::new();
    if let Some(kind) = issue.error_type.as_deref().filter(|k| !title.starts_with(*k)) {
        facts.push(fold(kind));
    }
    if let Some(place) = location(issue) {
        facts.push(format!("in {}", cut(&place, BRIEF)));
    }
    facts.push(number(issue.count, "event"));
    if issue.users > 0 {
        facts.push(number(issue.users, "user"));
    }
    match (issue.first_seen.and_then(date), issue.last_seen.and_then(date)) {
        (Some(first), Some(last)) if first != last => facts.push(format!("seen {first} to {last}")),
        (_, Some(day)) | (Some(day), None) => facts.push(format!("seen {day}")),
        (None, None) => {}
    }
    if issue.status != "unresolved" {
        facts.push(issue.status.clone());
    }
    let mut line = format!("{id}  {title} ({})", facts.join(", "));
    let message = fold(&issue.message);
    let said = title.trim_end_matches("...");
    if !message.is_empty() && !said.contains(&message) && !message.contains(said) {
        line.push_str(&format!("; message: {}", cut(&message, BRIEF)));
    }
    if let Some(summary) = &issue.summary {
        line.push_str(&format!("; summary: {}", cut(&fold(summary), BRIEF)));
    }
    line
}

/// Where an issue was raised, as Sentry words it.
fn location(issue: &Issue) -> Option<String> {
    let place = |text: &Option<String>| text.as_deref().map(fold).filter(|t| !t.is_empty());
    place(&issue.culprit).or_else(|| place(&issue.meta_file))
}

fn number(n: u64, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

/// What the details view shows of an event's frames.
#[derive(Debug, Clone, Copy)]
pub struct Details<'a> {
    /// Most frames of all exceptions together.
    pub frames: usize,
    /// Where the frames lie, by exception and position; may be empty.
    pub places: &'a [Vec<Vec<Candidate>>],
}

impl Default for Details<'_> {
    fn default() -> Self {
        Self { frames: FRAMES, places: &[] }
    }
}

/// The parts of the details view, each a passage by itself.
pub fn details(issue: &Issue, event: Option<&Event>) -> Vec<String> {
    details_with(issue, event, Details::default())
}

/// Like [`details`], with a choice of frames and where they lie.
pub fn details_with(issue: &Issue, event: Option<&Event>, show: Details<'_>) -> Vec<String> {
    let mut parts = vec![line(issue)];
    if let Some(summary) = &issue.summary {
        parts.push(format!("summary: {summary}"));
    }
    if let Some(cause) = &issue.root_cause {
        parts.push(format!("root cause: {cause}"));
    }
    let Some(event) = event else {
        if !issue.message.is_empty() {
            parts.push(cut(&issue.message, 1000));
        }
        parts.push("No event of this issue was exported, so there is no stack trace.".to_owned());
        return parts;
    };
    parts.extend(event_parts(event, show));
    parts
}

/// The parts of the details view that are of one event.
pub fn event_parts(event: &Event, show: Details<'_>) -> Vec<String> {
    let mut parts = Vec::new();
    if event.exceptions.is_empty() && !event.message.is_empty() {
        parts.push(cut(&event.message, 1000));
    }
    // The raised exception says most; its causes follow.
    let mut left = show.frames;
    for (n, exception) in event.exceptions.iter().enumerate().rev() {
        let places = show.places.get(n).map_or(&[][..], Vec::as_slice);
        let cause = n + 1 < event.exceptions.len();
        parts.extend(exception_parts(exception, places, cause, &mut left));
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

fn exception_parts(
    exception: &Exception,
    places: &[Vec<Candidate>],
    cause: bool,
    left: &mut usize,
) -> Vec<String> {
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
    let place = |n: usize| places.get(n).map_or(&[][..], Vec::as_slice);
    parts.extend(chosen.into_iter().map(|n| frame(&exception.frames[n], place(n))));
    parts
}

/// At most `limit` frames, the crash first: application frames go before
/// library ones, and near ones before far ones.
fn choose(frames: &[Frame], limit: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..frames.len()).rev().collect();
    order.sort_by_key(|n| frames[*n].in_app != Some(true));
    order.truncate(limit);
    order.sort_by(|a, b| b.cmp(a));
    order
}

fn frame(frame: &Frame, places: &[Candidate]) -> String {
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
    if let Some(place) = placed(frame, places) {
        text.push_str(&format!(", {place}"));
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

/// Files named of a frame that may lie in several.
const SEVERAL: usize = 3;

/// Where a frame lies in the tree, unless that is what the frame says itself.
fn placed(frame: &Frame, places: &[Candidate]) -> Option<String> {
    let named = |c: &Candidate| plain::line(&c.path, BRIEF);
    match places {
        [] => None,
        [one] => {
            (frame.filename.as_deref() != Some(&one.path)).then(|| format!("here {}", named(one)))
        }
        several => {
            let list: Vec<String> = several.iter().take(SEVERAL).map(named).collect();
            let more = several.len().saturating_sub(SEVERAL);
            let more = if more > 0 { format!(" or {more} more") } else { String::new() };
            Some(format!("here not surely {}{more}", list.join(" or ")))
        }
    }
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
