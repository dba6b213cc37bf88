//! `forewarn sentry show`: one issue with its stack traces.

use std::io::Write;

use serde_json::json;

use crate::change::Repo;
use crate::cli::{Context, Exit, output};
use crate::plain;
use crate::sentry::{SentryCache, SentryError, describe};
use crate::store::Store;

use super::{tree, unknown};

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    data: super::Data,
    /// Its id or short id, for example SHOP-1A.
    id: String,
    /// Show that many of its events, the newest first.
    #[arg(long, value_name = "N", default_value = "1")]
    events: std::num::NonZeroUsize,
    /// Show all frames that are kept, not only the 16 that say most.
    #[arg(long)]
    all_frames: bool,
    /// Write the issue with its events and where their frames lie as JSON.
    #[arg(long)]
    json: bool,
}

pub fn run(
    args: &Args,
    context: &Context,
    repo: &Repo,
    store: &Store,
    out: &mut dyn Write,
) -> anyhow::Result<Exit> {
    let frozen = args.data.open(context)?;
    let store = frozen.as_ref().unwrap_or(store);
    let tree = tree::files(repo, store)?;
    let cache = SentryCache::on(store, tree.as_ref());
    let issue = match cache.issue(&args.id) {
        Err(error @ SentryError::NotFound(_)) => return Err(unknown(&cache, &args.id, error)?),
        other => other?,
    };
    let events = cache.events(&issue.id, args.events.get())?;
    let places = events.iter().map(|e| cache.places(e)).collect::<Result<Vec<_>, _>>()?;
    if args.json {
        let events: Vec<_> = events
            .iter()
            .zip(&places)
            .map(|(event, places)| json!({ "event": event, "places": places }))
            .collect();
        output::json(out, &json!({ "issue": issue, "events": events }))?;
        return Ok(Exit::Success);
    }
    let frames = if args.all_frames { usize::MAX } else { describe::Details::default().frames };
    let show = |n: usize| describe::Details {
        frames,
        places: places.get(n).map_or(&[][..], Vec::as_slice),
    };
    for part in describe::details_with(&issue, events.first(), show(0)) {
        writeln!(out, "{part}")?;
    }
    for (n, event) in events.iter().enumerate().skip(1) {
        let day = event.time.and_then(describe::date).unwrap_or_else(|| "unknown time".to_owned());
        writeln!(out, "\nevent {} of {day}", plain::line(&event.id, 60))?;
        for part in describe::event_parts(event, show(n)) {
            writeln!(out, "{part}")?;
        }
    }
    if let Some(link) = &issue.permalink {
        writeln!(out, "{link}")?;
    }
    if let Some(day) = cache.counts()?.1.and_then(describe::date) {
        writeln!(out, "newest data {day}")?;
    }
    Ok(Exit::Success)
}
