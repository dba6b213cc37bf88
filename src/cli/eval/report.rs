//! `forewarn eval report`.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context as _;

use super::rule;
use crate::cli::{Context, Exit, Outcome};
use crate::eval::{Run, compare, page};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Folder of the run.
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// Folder of a second one of the same cases, to stand beside it.
    #[arg(value_name = "SECOND")]
    second: Option<PathBuf>,
    /// The page to write.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    #[command(flatten)]
    rule: rule::Args,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let ready = args.rule.ready(context)?;
    let mut runs = Vec::new();
    for folder in std::iter::once(&args.run).chain(&args.second) {
        let run = Run::load(&context.folder.join(folder))?;
        let score = ready.score(&run)?;
        runs.push((run, score));
    }
    let comparison = match runs.as_slice() {
        [(_, first), (_, second)] => Some(compare(first, second, None)?),
        _ => None,
    };
    let file = context.folder.join(&args.output);
    let parts: Vec<_> = runs.iter().map(|(run, score)| (run, score)).collect();
    let text = page(&parts, comparison.as_ref(), &file)?;
    std::fs::write(&file, text).with_context(|| format!("could not write {}", file.display()))?;
    let mut out = context.output();
    writeln!(out, "Wrote {}.", file.display())?;
    out.flush()?;
    Ok(Exit::Success)
}
