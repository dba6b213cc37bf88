//! `forewarn review`: reviews a change and prints the findings.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;

use anyhow::Context as _;

use crate::change::Repo;
use crate::config::Format;
use crate::report::{self, Report};
use crate::review::Review;

use super::selected::Selected;
use super::{Context, Exit, Outcome, world};

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    selected: Selected,
    /// Form of the report.
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Write the report to a file.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Read production history from a snapshot (`forewarn sentry snapshot`).
    #[arg(long, value_name = "FILE")]
    sentry: Option<PathBuf>,
    /// Time that the review may take with a language model (`90`, `60s`, `2m`), spent on
    /// what a verdict can change.
    #[arg(long, value_name = "TIME", value_parser = seconds)]
    budget: Option<u64>,
    /// Review again even if a stored review has the same inputs.
    #[arg(long)]
    fresh: bool,
    /// Show how long each stage took, what was dropped and which files were not
    /// read.
    #[arg(long)]
    details: bool,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let repo = context.repo()?;
    let review = world::review(
        context,
        &repo,
        world::Wish {
            selection: &args.selected.selection(),
            sentry: args.sentry.as_deref(),
            budget: args.budget,
            reuse: !args.fresh,
            progress: progress(context.verbose),
        },
    )?;
    let format = args.format.unwrap_or(context.config.report.format);
    let mut out = context.output();
    let color = args.output.is_none() && out.color();
    let text = render(&repo, &review, report::of(format, color, args.details).as_ref())?;
    match &args.output {
        Some(file) => std::fs::write(file, text)
            .with_context(|| format!("could not write the report to {}", file.display()))?,
        None => {
            out.write_all(&text)?;
            out.flush()?;
        }
    }
    Ok(if review.findings.is_empty() { Exit::Success } else { Exit::Findings })
}

/// Reads a time: a number of seconds, or one with `s`, `m` or `h`.
fn seconds(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let factor = match &text[digits.len()..] {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3600,
        unit => return Err(format!("there is no unit `{unit}`; write 90, 60s, 2m or 1h")),
    };
    let number: u64 = digits.parse().map_err(|_| "write 90, 60s, 2m or 1h".to_owned())?;
    number.checked_mul(factor).ok_or_else(|| "is too long a time".to_owned())
}

/// Writes the report of a review into memory, so that a failure leaves no half
/// report behind.
pub(super) fn render(repo: &Repo, review: &Review, report: &dyn Report) -> anyhow::Result<Vec<u8>> {
    let head = repo.snapshot(&review.head)?;
    let source = |path: &str| Some(head.text(path).ok()??.text.to_string());
    let mut text = Vec::new();
    report.write(review, &source, &mut text)?;
    Ok(text)
}

/// Says on standard error what the review is doing: in place on a terminal;
/// elsewhere a line each if asked to, so that logs and hooks stay clean.
pub(super) fn progress(lines: bool) -> Box<dyn Fn(&str) + Send + Sync> {
    if !std::io::stderr().is_terminal() {
        return match lines {
            true => Box::new(|doing| eprintln!("{doing}")),
            false => Box::new(|_| {}),
        };
    }
    let bar = indicatif::ProgressBar::new_spinner();
    bar.enable_steady_tick(std::time::Duration::from_millis(120));
    // Cleared when dropped with the closure, at the end of the review.
    let bar = ClearedAtEnd(bar);
    Box::new(move |doing| bar.0.set_message(doing.to_owned()))
}

struct ClearedAtEnd(indicatif::ProgressBar);

impl Drop for ClearedAtEnd {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
