//! `forewarn completions`.

use std::io::Write;

use clap::CommandFactory;

use super::{Cli, Context, Exit, Outcome};

#[derive(Debug, clap::Args)]
pub struct Args {
    shell: clap_complete::Shell,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    // The generator panics if it cannot write, so it writes to memory.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "forewarn", &mut script);
    let mut out = context.output();
    out.write_all(&script)?;
    out.flush()?;
    Ok(Exit::Success)
}
