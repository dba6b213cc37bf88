//! `forewarn feedback`.

use std::io::Write;

use super::{Context, Exit, Outcome};
use crate::plain;
use crate::store::{Reaction, Vote};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Whether the finding helped.
    vote: Choice,
    /// The finding's id, or the start of it.
    id: String,
    /// Why, in a sentence.
    #[arg(long)]
    reason: Option<String>,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Choice {
    /// It is a bug worth knowing.
    Up,
    /// It is wrong or not worth knowing; the like of it is dropped from now on.
    Down,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let store = context.store(&context.repo()?)?;
    let (_, finding) = store.finding(&args.id)?;
    let vote = match args.vote {
        Choice::Up => Vote::Up,
        Choice::Down => Vote::Down,
    };
    store.add_reaction(&Reaction {
        finding: finding.id.clone(),
        vote,
        reason: args.reason.map(|r| r.trim().to_owned()).filter(|r| !r.is_empty()),
        created: context.now(),
        text: finding.words(),
    })?;
    let mut out = context.output();
    let said = match vote {
        Vote::Up => "Noted as helpful",
        Vote::Down => "Noted as not helpful",
    };
    writeln!(out, "{said}: {} {}", finding.id, plain::line(&finding.title, 100))?;
    out.flush()?;
    Ok(Exit::Success)
}
