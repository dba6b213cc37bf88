//! `forewarn sentry import`: reads exports into the cache.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;

use crate::cli::{Context, Exit};
use crate::plain;
use crate::report::count;
use crate::sentry::{ImportOptions, ImportReport, Progress, SentryCache};

#[derive(Debug, clap::Args)]
pub struct Args {
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The issue that root causes without one belong to, as `sentry issue explain
    /// --json` writes them.
    #[arg(long, value_name = "ID")]
    issue: Option<String>,
    /// Print what was done as JSON.
    #[arg(long)]
    json: bool,
}

pub fn run(
    args: Args,
    context: &Context,
    cache: &SentryCache<'_>,
    out: &mut dyn Write,
) -> anyhow::Result<Exit> {
    let paths: Vec<PathBuf> = args.paths.into_iter().map(|p| context.folder.join(p)).collect();
    let settings = &context.config.sentry;
    let options = ImportOptions {
        issue: args.issue,
        now: context.now(),
        scrub_keys: settings.scrub_keys.clone(),
        scrub_values: settings.scrub_values.clone(),
    };
    let report = cache.import_with(&paths, &options, &mut progress())?;
    if args.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&report)?)?;
    } else {
        write(out, &report)?;
    }
    // The other records and files are kept.
    Ok(if report.problems.is_empty() { Exit::Success } else { Exit::Failure })
}

fn write(out: &mut dyn Write, report: &ImportReport) -> anyhow::Result<()> {
    for note in &report.notes {
        writeln!(out, "note: {}", plain::line(note, 500))?;
    }
    for problem in &report.problems {
        writeln!(out, "not imported: {}", plain::line(problem, 500))?;
    }
    let mut done = vec![count(report.issues, "issue"), count(report.events, "event")];
    if report.summaries > 0 {
        done.push(format!("{} of issues", count(report.summaries, "explanation")));
    }
    if report.mappings > 0 {
        done.push(count(report.mappings, "code mapping"));
    }
    let last = done.pop().unwrap_or_default();
    writeln!(
        out,
        "Imported {} and {last} from {}; {} unchanged.",
        done.join(", "),
        count(report.files, "file"),
        report.unchanged,
    )?;
    super::removed(out, &report.scrubbed)?;
    if !report.problems.is_empty() {
        let next = "What was not imported is named above; export it again and import it anew.";
        writeln!(out, "{next}")?;
    }
    Ok(())
}

/// Shows how far the import is, on a terminal's standard error only.
fn progress() -> impl FnMut(Progress) {
    let bar = std::io::stderr().is_terminal().then(|| {
        let bar = indicatif::ProgressBar::new(0);
        let shape = "importing {bar:30} {bytes} of {total_bytes}, {msg}";
        if let Ok(style) = indicatif::ProgressStyle::with_template(shape) {
            bar.set_style(style);
        }
        bar
    });
    move |at| {
        let Some(bar) = &bar else { return };
        bar.set_length(at.all_bytes);
        bar.set_position(at.bytes);
        bar.set_message(format!("{}, {}", count(at.issues, "issue"), count(at.events, "event")));
        if at.bytes >= at.all_bytes {
            bar.finish_and_clear();
        }
    }
}
