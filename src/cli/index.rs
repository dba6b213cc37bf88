//! `forewarn index`: reads and embeds all code ahead of searches and reviews.

use std::fs::File;
use std::io::{IsTerminal, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use anyhow::Context as _;

use super::{Advice, Context, Exit, Outcome, search, world};
use crate::config::Layer;
use crate::index::{Index, IndexReport};
use crate::lang::Languages;
use crate::plain;
use crate::report::count;
use crate::sandbox;

/// In the state folder: what a run in the background said, if anything.
const LOG: &str = "index.log";

#[derive(Debug, clap::Args)]
#[command(
    after_help = "The index is usable while this runs, by other processes too: what is done \
    stays, whenever it is interrupted."
)]
pub struct Args {
    /// Read a commit instead of the work tree; nothing is checked out.
    #[arg(long, value_name = "REV")]
    at: Option<String>,
    /// Leave the embedding, which takes most of the time, to later runs.
    #[arg(long)]
    no_embed: bool,
    /// Return once the code is read, and go on embedding without a terminal.
    #[arg(long, conflicts_with_all = ["no_embed", "status"])]
    background: bool,
    /// Show how much is embedded, and do nothing.
    #[arg(long)]
    status: bool,
    /// Name every file that is not read, with the reason.
    #[arg(long)]
    details: bool,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    sandbox::close_network()?;
    let repo = context.repo()?;
    let (snapshot, left_out) = search::files(&repo, args.at.as_deref())?;
    let snapshot = Arc::new(snapshot);
    let store = context.store(&repo)?;
    let most = context.config.index.max_memory;
    let room = |more: u64| room(most, more, resident());
    let languages = Arc::new(Languages::load(&context.assets)?);
    let index = Index::new(&store, languages).within(&room);
    let mut out = context.output();
    let mut report = index.update(&snapshot, None, &[], 0, &mut progress("reading"))?;
    report.skipped.extend(left_out);
    report.skipped.sort_by(|a, b| a.path.cmp(&b.path));
    let embedder = if args.no_embed { None } else { world::embedder(context)? };
    if let Some(embedder) = embedder.as_deref() {
        if args.status || args.background {
            let (done, all) = index.view(snapshot)?.embedded(embedder.id())?;
            writeln!(out, "{done} of {} embedded.", count(all, "piece"))?;
            let log = repo.state_dir().join(LOG);
            if args.background && done < all {
                go_on(context, args.at.as_deref(), &log)?;
                writeln!(out, "The rest is embedded in the background.")?;
            } else if done < all {
                // Empty unless the last run in the background failed.
                let said = std::fs::read_to_string(&log).unwrap_or_default();
                for line in said.lines() {
                    writeln!(out, "in the background: {}", plain::line(line, 500))?;
                }
            }
            out.flush()?;
            return Ok(Exit::Success);
        }
        let mut bar = progress("embedding");
        let done = index.update(&snapshot, Some(embedder), &[], usize::MAX, &mut bar)?;
        (report.embedded, report.stopped) = (done.embedded, done.stopped);
    }
    write(&mut out, &report, args.details)?;
    if let Some(reason) = &report.stopped {
        let what = format!("embedding ended early: {reason}");
        let help = "what is done is kept; raise `index.max_memory`, or choose a smaller embedder";
        out.flush()?;
        return Err(Advice { what, help: help.into() }.into());
    }
    if embedder.is_none() && !args.no_embed {
        writeln!(out, "Nothing is embedded: no embedder is installed.")?;
    }
    out.flush()?;
    Ok(Exit::Success)
}

/// Whether so many bytes more fit into the memory that is allowed.
fn room(most: u64, more: u64, resident: Option<u64>) -> Result<(), String> {
    let Some(resident) = resident else { return Ok(()) };
    if resident.saturating_add(more) <= most {
        return Ok(());
    }
    let mb = |bytes: u64| bytes.div_ceil(1_000_000);
    Err(format!(
        "{} MB of memory are in use, {} MB more are needed, and {} MB allowed",
        mb(resident),
        mb(more),
        mb(most)
    ))
}

/// Bytes of this process that lie in memory; `None` where the system does not tell.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

/// Starts this command again, apart from the terminal, and does not wait.
/// What it has to say goes to the log.
fn go_on(context: &Context, at: Option<&str>, log: &Path) -> anyhow::Result<()> {
    let program = std::env::current_exe().context("could not tell where this program lies")?;
    let mut command = Command::new(program);
    command.arg("-C").arg(&context.folder).arg("index");
    if let Some(revision) = at {
        command.args(["--at", revision]);
    }
    for setting in context.settings.iter().filter(|s| s.place.layer == Layer::Flag) {
        command.arg("--set").arg(format!("{}={}", setting.key, setting.value));
    }
    let file = File::create(log)
        .with_context(|| format!("could not write what is said to {}", log.display()))?;
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(file);
    // Of a group of its own, so that Ctrl-C in the terminal does not end it.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command.spawn().context("could not start the embedding")?;
    Ok(())
}

fn write(out: &mut dyn Write, report: &IndexReport, details: bool) -> anyhow::Result<()> {
    writeln!(
        out,
        "{}: {} read now, {} skipped; {} embedded now.",
        count(report.files, "file"),
        report.parsed,
        report.skipped.len(),
        count(report.embedded, "piece"),
    )?;
    for skipped in report.skipped.iter().filter(|_| details) {
        let (path, reason) = (plain::line(&skipped.path, 500), plain::line(&skipped.reason, 200));
        writeln!(out, "{path}: {reason}")?;
    }
    Ok(())
}

/// Shows how much of a task is done, on a terminal's standard error only.
pub(super) fn progress(doing: &'static str) -> impl FnMut(usize, usize) {
    let mut bar: Option<indicatif::ProgressBar> = None;
    let shown = std::io::stderr().is_terminal();
    move |done, all| {
        if !shown || all == 0 {
            return;
        }
        let bar = bar.get_or_insert_with(|| {
            let style = indicatif::ProgressStyle::with_template("{msg} {bar:30} {pos}/{len}");
            let bar = indicatif::ProgressBar::new(all as u64).with_message(doing);
            bar.set_style(style.unwrap_or_else(|_| indicatif::ProgressStyle::default_bar()));
            bar
        });
        // The second step of an update counts something else.
        bar.set_length(all as u64);
        bar.set_position(done as u64);
        if done >= all {
            bar.finish_and_clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_compared_with_what_is_allowed() {
        assert_eq!(room(100, 40, Some(60)), Ok(()));
        assert_eq!(room(100, 40, None), Ok(()), "where nothing is known");
        let reason = room(300_000_000, 32_000_000, Some(290_000_000)).unwrap_err();
        let said = "290 MB of memory are in use, 32 MB more are needed, and 300 MB allowed";
        assert_eq!(reason, said);
        if cfg!(target_os = "linux") {
            assert!(resident().is_some_and(|bytes| bytes > 1_000_000));
        }
    }
}
