//! `forewarn index`: reads and embeds all code ahead of searches and reviews.

use std::io::{IsTerminal, Write};
use std::process::{Command, Stdio};
use std::sync::Arc;

use anyhow::Context as _;

use super::{Context, Exit, Outcome, search, world};
use crate::index::{Index, IndexReport};
use crate::lang::Languages;
use crate::plain;
use crate::report::count;
use crate::sandbox;

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
    let snapshot = Arc::new(search::files(&repo, args.at.as_deref())?);
    let store = context.store(&repo)?;
    let index = Index::new(&store, Arc::new(Languages::load(&context.assets)?));
    let mut out = context.output();
    let mut report = index.update(&snapshot, None, &[], 0, &mut progress("reading"))?;
    let embedder = if args.no_embed { None } else { world::embedder(context)? };
    if let Some(embedder) = embedder.as_deref() {
        if args.status || args.background {
            let (done, all) = index.view(snapshot)?.embedded(embedder.id())?;
            writeln!(out, "{done} of {} embedded.", count(all, "piece"))?;
            if args.background && done < all {
                go_on(context, args.at.as_deref())?;
                writeln!(out, "The rest is embedded in the background.")?;
            }
            out.flush()?;
            return Ok(Exit::Success);
        }
        let mut bar = progress("embedding");
        let done = index.update(&snapshot, Some(embedder), &[], usize::MAX, &mut bar)?;
        report.embedded = done.embedded;
    }
    write(&mut out, &report, args.details)?;
    if embedder.is_none() && !args.no_embed {
        writeln!(out, "Nothing is embedded: no embedder is installed.")?;
    }
    out.flush()?;
    Ok(Exit::Success)
}

/// Starts this command again, apart from the terminal, and does not wait.
fn go_on(context: &Context, at: Option<&str>) -> anyhow::Result<()> {
    let program = std::env::current_exe().context("could not tell where this program lies")?;
    let mut command = Command::new(program);
    command.arg("-C").arg(&context.folder).arg("index");
    if let Some(revision) = at {
        command.args(["--at", revision]);
    }
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
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
