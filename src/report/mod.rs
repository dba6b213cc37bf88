//! Reports, one file per format.

mod json;
mod markdown;
use crate::plain;
mod story;
mod terminal;

use std::io;

use crate::config::Format;
use crate::finding::{Finding, Judge, Source};
use crate::review::{Mode, Review};

pub use json::{Json, ascii_controls, schema};
pub use markdown::Markdown;
pub use story::Story;
pub use terminal::Terminal;

/// A way to write a review down.
pub trait Report {
    /// Writes the whole review. `source` yields a file's text at the head of
    /// the change, for excerpts; without it a report leaves the excerpt out.
    fn write(
        &self,
        review: &Review,
        source: &dyn Fn(&str) -> Option<String>,
        out: &mut dyn io::Write,
    ) -> io::Result<()>;
}

/// The report of a format; `color` and `verbose` (stage times, dropped
/// hypotheses) are the terminal's.
pub fn of(format: Format, color: bool, verbose: bool) -> Box<dyn Report> {
    match format {
        Format::Terminal => Box::new(Terminal { color, verbose }),
        Format::Json => Box::new(Json),
        Format::Markdown => Box::new(Markdown),
    }
}

/// A word for a severity from 0 to 1.
pub fn severity_word(severity: f64) -> &'static str {
    match severity {
        s if s >= 0.75 => "high",
        s if s >= 0.5 => "medium",
        _ => "low",
    }
}

/// Says who judged, in a sentence without a full stop.
pub fn mode_line(mode: &Mode) -> String {
    let line = match mode {
        Mode::ModelFree { reason } => {
            format!(
                "no model judged ({}): findings rest on rules, impact and history",
                reason.trim_end_matches('.')
            )
        }
        Mode::Unqualified { model } => {
            format!("no model judged ({model} may not): findings rest on rules, impact and history")
        }
        Mode::Judged { model } => format!("judged by {model}"),
    };
    plain::line(&line, 400)
}

/// Skipped files up to which all reasons are told; of more, only the commonest.
const FEW_SKIPPED: usize = 8;
/// Reasons told where files are many.
const REASONS: usize = 3;

/// Names the files that were not read, one clause for each reason; `None` if
/// all were. Where they are many it counts them, to stay one line.
pub fn skipped_line(review: &Review) -> Option<String> {
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    for skipped in &review.skipped {
        match reasons.iter_mut().find(|(reason, _)| *reason == skipped.reason) {
            Some((_, paths)) => paths.push(&skipped.path),
            None => reasons.push((&skipped.reason, vec![&skipped.path])),
        }
    }
    let many = review.skipped.len() > FEW_SKIPPED;
    if many {
        reasons.sort_by_key(|(_, paths)| std::cmp::Reverse(paths.len()));
    }
    let others: usize = reasons.iter().skip(REASONS).map(|(_, paths)| paths.len()).sum();
    let mut clauses: Vec<String> = reasons
        .iter()
        .take(if many { REASONS } else { usize::MAX })
        .map(|(reason, paths)| {
            if many {
                return format!("{} ({})", paths.len(), plain::line(reason, 80));
            }
            let more = paths.len().saturating_sub(3);
            let named: Vec<String> = paths.iter().take(3).map(|p| plain::line(p, 80)).collect();
            let tail = if more > 0 { format!(" and {more} more") } else { String::new() };
            format!("{}{tail} ({})", named.join(", "), plain::line(reason, 80))
        })
        .collect();
    if many && others > 0 {
        clauses.push(format!("{others} more"));
    }
    (!clauses.is_empty()).then(|| {
        format!("{} not read: {}", count(review.skipped.len(), "file"), clauses.join("; "))
    })
}

/// `1 file`, `2 files`.
pub fn count(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

/// `12 ms`, `3.4 s`, `2 min 5 s`.
pub fn duration(milliseconds: u64) -> String {
    match milliseconds {
        ms if ms < 1000 => format!("{ms} ms"),
        ms if ms < 100_000 => format!("{:.1} s", ms as f64 / 1000.0),
        ms => format!("{} min {} s", ms / 60_000, ms % 60_000 / 1000),
    }
}

/// What the explanation says beyond the short text, if anything.
fn beyond_short(finding: &Finding) -> Option<&str> {
    let explanation = finding.explanation.trim();
    let rest = explanation.strip_prefix(finding.short.trim()).unwrap_or(explanation).trim();
    (!rest.is_empty()).then_some(rest)
}

fn judge_words(judge: &Judge) -> String {
    match judge {
        Judge::Model(name) => format!("judged by {}", plain::line(name, 60)),
        Judge::Program => "shown by the program".to_owned(),
    }
}

/// A link of a Sentry issue, if it is one that a browser may follow.
fn web_link(url: Option<&str>) -> Option<String> {
    let url = url?;
    let safe = |c: char| c.is_ascii_graphic() && !"<>\"'`\\()[]{}|".contains(c);
    ((url.starts_with("https://") || url.starts_with("http://")) && url.chars().all(safe))
        .then(|| url.to_owned())
}

/// Where a quote came from, in plain words.
fn source_words(source: &Source) -> String {
    match source {
        Source::Search { query, .. } => {
            format!("{source} (search `{}`)", query)
        }
        other => other.to_string(),
    }
}

/// The lines of a file around a finding, as one text, with the number of its
/// first line and the byte range to mark.
struct Excerpt {
    text: String,
    first: u32,
    marks: Vec<std::ops::Range<usize>>,
}

/// Lines shown before and after the marked ones.
const AROUND: u32 = 2;
/// Marked lines shown; a longer stretch shows its beginning.
const MOST: u32 = 12;
/// Characters of a source line.
const WIDTH: usize = 160;

fn excerpt(finding: &Finding, source: &dyn Fn(&str) -> Option<String>) -> Option<Excerpt> {
    let at = &finding.location;
    let file = source(&at.path)?;
    let last = at.end.min(at.start.saturating_add(MOST - 1));
    let first = at.start.saturating_sub(AROUND).max(1);
    let mut excerpt = Excerpt { text: String::new(), first, marks: Vec::new() };
    let wanted = (last + AROUND).saturating_sub(first) as usize + 1;
    for (n, line) in (first..).zip(file.lines().skip(first as usize - 1).take(wanted)) {
        let line = plain::line(&line.replace('\t', "    "), WIDTH);
        let begin = excerpt.text.len() + line.len() - line.trim_start().len();
        excerpt.text.push_str(&line);
        let end = excerpt.text.trim_end().len().max(begin);
        if (at.start..=last).contains(&n) && end > begin {
            excerpt.marks.push(begin..end);
        }
        excerpt.text.push('\n');
    }
    let lines = excerpt.text.trim_end().len();
    excerpt.text.truncate(lines);
    (!excerpt.marks.is_empty()).then_some(excerpt)
}

#[cfg(test)]
pub(crate) mod tests;
