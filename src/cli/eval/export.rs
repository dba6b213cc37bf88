//! `forewarn eval export`.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context as _;

use super::rule;
use crate::cli::{Context, Exit, Outcome, output};
use crate::eval::{Run, langfuse};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Folder of the run.
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// The tool that is to read it.
    #[arg(long, value_enum)]
    format: Format,
    /// Write to a file.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    rule: rule::Args,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Format {
    /// Bodies of the requests of Langfuse's public API.
    Langfuse,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let run = Run::load(&context.folder.join(&args.run))?;
    let score = args.rule.ready(context)?.score(&run)?;
    let value = match args.format {
        Format::Langfuse => langfuse(&run, &score),
    };
    match &args.output {
        None => {
            let mut out = context.output();
            output::json(&mut out, &value)?;
            out.flush()?;
        }
        Some(file) => {
            let file = context.folder.join(file);
            std::fs::write(&file, format!("{value:#}\n"))
                .with_context(|| format!("could not write {}", file.display()))?;
        }
    }
    Ok(Exit::Success)
}
