//! `forewarn show`.

use std::io::Write;

use anyhow::Context as _;

use super::{Context, Exit, Outcome, output};
use crate::change::Repo;
use crate::config::Format;
use crate::report;
use crate::review::Review;
use crate::store::{ReviewRecord, Store, StoreError};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Id of a review or a finding, the start of one, or `last`.
    #[arg(default_value = "last")]
    id: String,
    /// Tell how the review came about: every prompt, reply and tool call.
    #[arg(long)]
    trace: bool,
    /// How to write it.
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Short for `--format json`.
    #[arg(long, conflicts_with = "format")]
    json: bool,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let repo = context.repo()?;
    let store = context.store(&repo)?;
    let (record, finding) = find(&store, &args.id)?;
    let json = args.json || args.format == Some(Format::Json);
    let mut out = context.output();
    if args.trace {
        let trace = store.trace(&record.id)?;
        if json {
            output::json(&mut out, &trace)?;
        } else {
            let color = out.color();
            report::Story { color }.write(&record.id, &trace, &mut out)?;
        }
        out.flush()?;
        return Ok(Exit::Success);
    }
    let mut review = read(&record)?;
    if let Some(id) = finding {
        review.findings.retain(|f| f.id == id);
    }
    let format = match json {
        true => Format::Json,
        false => args.format.unwrap_or(context.config.report.format),
    };
    let source = sources(&repo, &record.head);
    report::of(format, out.color(), context.verbose).write(&review, &source, &mut out)?;
    out.flush()?;
    Ok(Exit::Success)
}

/// The review of that id, or the one with the finding of that id.
fn find(store: &Store, id: &str) -> Result<(ReviewRecord, Option<String>), StoreError> {
    match store.review(id) {
        Ok(record) => Ok((record, None)),
        Err(StoreError::NotFound { .. }) if id != "last" => match store.finding(id) {
            Ok((review, finding)) => Ok((store.review(&review)?, Some(finding.id))),
            Err(StoreError::NotFound { id, .. }) => {
                Err(StoreError::NotFound { what: "review or finding", id })
            }
            Err(other) => Err(other),
        },
        Err(other) => Err(other),
    }
}

fn read(record: &ReviewRecord) -> anyhow::Result<Review> {
    let mut review: Review = serde_json::from_value(record.result.clone())
        .with_context(|| format!("the review {} has a form this version cannot read", record.id))?;
    review.id.clone_from(&record.id);
    Ok(review)
}

/// File texts at a tree; a tree that git has since removed yields none.
fn sources(repo: &Repo, tree: &str) -> impl Fn(&str) -> Option<String> {
    let snapshot = repo.snapshot(tree).ok();
    move |path| Some(snapshot.as_ref()?.text(path).ok()??.text.to_string())
}
