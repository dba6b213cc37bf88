//! `forewarn sentry snapshot`: a frozen copy of the cache.

use std::io::Write;
use std::path::PathBuf;

use super::when;
use crate::cli::world::utc;
use crate::cli::{Context, Exit, Outcome};
use crate::report::count;
use crate::sentry::{LeftOut, SentryCache};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Leave out what is newer: `2026-03-01` (its beginning, in UTC),
    /// `2026-03-01T12:00:00Z`, seconds since the epoch, or a span before the newest data:
    /// 90d, 12w, 6m, 1y.
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// The file to write; it must not exist.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

pub(super) fn run(
    args: &Args,
    cache: &SentryCache<'_>,
    context: &Context,
    out: &mut dyn Write,
) -> Outcome {
    let newest = cache.counts()?.1.unwrap_or_else(|| context.now());
    let until = args.until.as_deref().map(|text| when::parse(text, newest)).transpose()?;
    let report = cache.snapshot(&context.folder.join(&args.output), until)?;
    for line in left_out(&report.left_out) {
        writeln!(out, "{line}")?;
    }
    let until = until.map(|until| format!(" until {}", utc(until))).unwrap_or_default();
    writeln!(
        out,
        "Froze {} and {}{until} in {}.",
        count(report.manifest.issues, "issue"),
        count(report.manifest.events, "event"),
        args.output.display(),
    )?;
    Ok(Exit::Success)
}

/// One line for each reason.
fn left_out(left_out: &LeftOut) -> Vec<String> {
    let rows = [
        ("left out", left_out.issues_later, "issue", "first seen later"),
        (
            "left out",
            left_out.issues_unsupported,
            "issue",
            "that may be older, but known only from later or undated data",
        ),
        ("left out", left_out.events_later, "event", "of later"),
        ("left out", left_out.events_undated, "event", "without a time"),
        ("left out", left_out.summaries, "summary", "written at an unknown time"),
        ("cut back", left_out.issues_cut, "issue", "that went on, to the events until then"),
        ("set to unresolved", left_out.states, "issue", "whose state may be of later"),
    ];
    rows.into_iter()
        .filter(|(_, number, ..)| *number > 0)
        .map(|(done, number, what, why)| match what {
            "summary" if number > 1 => format!("{done}: {number} summaries {why}"),
            _ => format!("{done}: {} {why}", count(number, what)),
        })
        .collect()
}
