//! `forewarn trust`.

use std::io::Write;

use anyhow::Context as _;

use super::{Context, Exit, Outcome};
use crate::config::trust::{FILE, Offer, TrustError};
use crate::config::{Layer, Layers};
use crate::plain;
use crate::report::count;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Show what this repository brings and whether it is trusted.
    #[arg(long, conflicts_with = "remove")]
    show: bool,
    /// Trust this repository no longer.
    #[arg(long)]
    remove: bool,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let repo = context.repo()?;
    let worktree = repo.worktree.clone().ok_or(crate::change::ChangeError::Bare)?;
    let grants = context.grants();
    let mut out = context.output();
    if args.remove {
        let said = match grants.remove(&repo.common_dir)? {
            true => "This repository's settings and prompts are no longer used.",
            false => "This repository was not trusted.",
        };
        writeln!(out, "{said}")?;
        out.flush()?;
        return Ok(Exit::Success);
    }
    let offer = Offer::read(&worktree)?;
    if args.show {
        let grant = grants.get(&repo.common_dir)?;
        match (&offer, &grant) {
            (None, _) => writeln!(out, "This repository brings no settings or prompts.")?,
            (Some(offer), grant) => {
                let state = match grant {
                    None => "not trusted".to_owned(),
                    Some(g) if g.digest == offer.digest => {
                        format!("trusted since {}", context.local(g.granted))
                    }
                    Some(_) => "changed since it was trusted, so not used".to_owned(),
                };
                writeln!(out, "{}: {state}", count(offer.files.len(), "file"))?;
                list(offer, &mut out)?;
            }
        }
        out.flush()?;
        return Ok(Exit::Success);
    }
    let offer = offer.ok_or(TrustError::Nothing)?;
    // A file that cannot be used is refused now, not at the next command.
    if let Some(bytes) = &offer.settings {
        let file = worktree.join(FILE);
        let text = std::str::from_utf8(bytes)
            .with_context(|| format!("{} is not UTF-8", file.display()))?;
        Layers::defaults().text(Layer::Repository(file), text)?;
    }
    grants.add(&repo.common_dir, &offer, context.now())?;
    writeln!(
        out,
        "Trusted {} of {}; a change to any of them ends that.",
        count(offer.files.len(), "file"),
        plain::line(&worktree.display().to_string(), 200)
    )?;
    list(&offer, &mut out)?;
    out.flush()?;
    Ok(Exit::Success)
}

fn list(offer: &Offer, out: &mut dyn Write) -> std::io::Result<()> {
    for file in &offer.files {
        writeln!(out, "  {}", plain::line(file, 200))?;
    }
    writeln!(out, "  blake3 {}", &offer.digest[..16])
}
