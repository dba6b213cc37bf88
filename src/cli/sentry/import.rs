//! `forewarn sentry import`: reads exports into the cache.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;

use crate::cli::{Context, Exit};
use crate::plain;
use crate::report::count;
use crate::sentry::{ImportOptions, ImportReport, Progress, SentryCache};

/// Notes that are told one by one.
const NOTES: usize = 10;

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
    for note in shortened(&report.notes) {
        writeln!(out, "note: {}", plain::line(&note, 500))?;
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

/// Notes of many files, one for each thing that is said of them; `--json` has them all.
fn shortened(notes: &[String]) -> Vec<String> {
    if notes.len() <= NOTES {
        return notes.to_vec();
    }
    let mut kinds: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for note in notes {
        let (place, what) = note.split_once(": ").unwrap_or(("", note));
        // How often it is so differs from file to file.
        let what = what.rsplit_once(" (").map_or(what, |(what, _)| what);
        kinds.entry(what).or_default().push(place);
    }
    let line = |(what, places): (&str, Vec<&str>)| match places.as_slice() {
        [place] => format!("{place}: {what}"),
        all => format!("{what}: {}, for example {}", count(all.len(), "file"), all[0]),
    };
    kinds.into_iter().map(line).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_of_many_files_are_told_by_kind() {
        let mut notes: Vec<String> =
            (0..NOTES).map(|n| format!("/x/{n}.txt: a session ({})", n + 1)).collect();
        assert_eq!(shortened(&notes), notes);
        notes.push("/x/y.py: not JSON".to_owned());
        assert_eq!(
            shortened(&notes),
            ["a session: 10 files, for example /x/0.txt", "/x/y.py: not JSON"]
        );
    }
}
