//! `forewarn man`.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::CommandFactory;

use super::{Cli, Context, Exit, Outcome};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Write a page for every command into this folder instead.
    #[arg(long, value_name = "DIR")]
    output: Option<PathBuf>,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    if let Some(folder) = args.output {
        let folder = context.folder.join(folder);
        std::fs::create_dir_all(&folder)
            .and_then(|()| clap_mangen::generate_to(Cli::command(), &folder))
            .with_context(|| format!("could not write into {}", folder.display()))?;
        return Ok(Exit::Success);
    }
    let mut page = Vec::new();
    clap_mangen::Man::new(Cli::command()).render(&mut page)?;
    let mut out = context.output();
    out.write_all(&page)?;
    out.flush()?;
    Ok(Exit::Success)
}
