//! `forewarn eval compare`.

use std::io::Write;
use std::path::PathBuf;

use super::{rule, table};
use crate::cli::{Context, Exit, Outcome, output};
use crate::eval::score::Measure;
use crate::eval::{Run, Verdict, compare};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Folder of the first run, for example of the program as it was.
    #[arg(value_name = "FIRST")]
    first: PathBuf,
    /// Folder of the second run.
    #[arg(value_name = "SECOND")]
    second: PathBuf,
    /// The figure that decides; F1 unless no bug is expected, then false-per-safe.
    #[arg(long, value_enum, value_name = "FIGURE")]
    on: Option<Measure>,
    #[command(flatten)]
    rule: rule::Args,
    /// Print as JSON.
    #[arg(long)]
    json: bool,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let load = |folder| Run::load(&context.folder.join(folder));
    let (first, second) = (load(&args.first)?, load(&args.second)?);
    let ready = args.rule.ready(context)?;
    let comparison = compare(&ready.score(&first)?, &ready.score(&second)?, args.on)?;
    let mut out = context.output();
    if args.json {
        output::json(&mut out, &comparison)?;
    } else {
        table::comparison(&mut out, &comparison)?;
    }
    out.flush()?;
    Ok(if comparison.verdict == Verdict::Worse { Exit::Findings } else { Exit::Success })
}
