//! `forewarn eval score`.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context as _;

use super::{rule, table};
use crate::cli::{Context, Exit, Outcome, output};
use crate::eval::Run;
use crate::eval::score::Score;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Folder of the run.
    #[arg(value_name = "RUN")]
    run: PathBuf,
    #[command(flatten)]
    rule: rule::Args,
    /// Print as JSON.
    #[arg(long)]
    json: bool,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let run = Run::load(&context.folder.join(&args.run))?;
    let score = args.rule.ready(context)?.score(&run)?;
    keep(&run, &score)?;
    let mut out = context.output();
    if args.json {
        output::json(&mut out, &score)?;
    } else {
        table::score(&mut out, &run, &score)?;
    }
    out.flush()?;
    Ok(Exit::Success)
}

/// Writes the score into the folder of its run.
pub(super) fn keep(run: &Run, score: &Score) -> anyhow::Result<()> {
    let file = run.folder.join("score.json");
    std::fs::write(&file, format!("{}\n", serde_json::to_string_pretty(score)?))
        .with_context(|| format!("could not write {}", file.display()))
}
