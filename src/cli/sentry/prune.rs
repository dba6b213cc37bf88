//! `forewarn sentry prune`: removes old or unwanted issues and events.

use std::io::Write;

use crate::cli::error::Advice;
use crate::cli::{Context, Exit};
use crate::plain;
use crate::report::count;
use crate::sentry::{Prune, Pruned, Search, SentryCache};

use super::{status::size, when};

#[derive(Debug, clap::Args)]
#[command(after_help = "Nothing is removed without `--yes`: it says what would go.")]
pub struct Args {
    /// Issues last seen before a day, or before a span before the newest data: 90d, 12w, 6m, 1y.
    #[arg(long, value_name = "TIME")]
    older_than: Option<String>,
    /// Issues of a project; together with `--older-than` only its old ones.
    #[arg(long, value_name = "SLUG")]
    project: Option<String>,
    /// Of each issue that stays, all events but the N newest.
    #[arg(long, value_name = "N")]
    keep: Option<std::num::NonZeroUsize>,
    /// Remove it, and give the space back.
    #[arg(short = 'y', long)]
    yes: bool,
}

pub fn run(
    args: &Args,
    context: &Context,
    cache: &SentryCache<'_>,
    out: &mut dyn Write,
) -> anyhow::Result<Exit> {
    if args.older_than.is_none() && args.project.is_none() && args.keep.is_none() {
        return Err(Advice {
            what: "it is not said what to remove".into(),
            help: "give --older-than TIME, --project SLUG or --keep N".into(),
        }
        .into());
    }
    if let Some(project) = &args.project {
        let of = Search { project: Some(project.clone()), limit: 1, ..Search::default() };
        if cache.search(&of)?.is_empty() {
            return Err(Advice {
                what: format!("no cached issue is of project `{}`", plain::line(project, 60)),
                help: "`forewarn sentry status` names the projects".into(),
            }
            .into());
        }
    }
    let newest = cache.counts()?.1.unwrap_or_else(|| context.now());
    let older_than =
        args.older_than.as_deref().map(|text| when::parse(text, newest)).transpose()?;
    let keep = args.keep.map(std::num::NonZeroUsize::get);
    let rule = Prune { older_than, project: args.project.clone(), keep };
    let pruned = cache.prune(&rule, !args.yes)?;
    write(out, &pruned, args.yes)?;
    Ok(Exit::Success)
}

fn write(out: &mut dyn Write, pruned: &Pruned, done: bool) -> anyhow::Result<()> {
    let both = |issues: u64, events: u64| {
        format!("{} and {}", count(issues as usize, "issue"), count(events as usize, "event"))
    };
    let gone = both(pruned.issues, pruned.events);
    let left = both(pruned.issues_left, pruned.events_left);
    if pruned.issues + pruned.events == 0 {
        writeln!(out, "Nothing is to be removed; {left} stay.")?;
    } else if done {
        let (before, after) = (size(pruned.bytes_before), size(pruned.bytes_after));
        writeln!(out, "Removed {gone}; {left} stay. The database had {before} and has {after}.")?;
    } else {
        writeln!(out, "Would remove {gone}; {left} would stay. `--yes` removes them.")?;
    }
    Ok(())
}
