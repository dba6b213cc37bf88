//! `forewarn log`.

use std::io::Write;

use super::{Context, Exit, Outcome, output};
use crate::plain;
use crate::report::count;
use crate::review::Mode;
use crate::store::ReviewSummary;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Most reviews to list.
    #[arg(short = 'n', long = "number", default_value = "20", value_name = "N")]
    number: std::num::NonZeroUsize,
    /// Print as JSON.
    #[arg(long)]
    json: bool,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let reviews = context.store(&context.repo()?)?.reviews(args.number.get())?;
    let mut out = context.output();
    if args.json {
        let rows: Vec<_> = reviews
            .iter()
            .map(|r| {
                serde_json::json!({
                    "id": r.id,
                    "created": jiff::Timestamp::from_second(r.created).map(|t| t.to_string()).ok(),
                    "label": r.label,
                    "findings": r.findings,
                    "mode": r.result.get("mode"),
                })
            })
            .collect();
        output::json(&mut out, &rows)?;
    } else if reviews.is_empty() {
        writeln!(out, "No reviews yet; `forewarn review` makes one.")?;
    } else {
        for review in &reviews {
            writeln!(
                out,
                "{}  {}  {:<12}  {}  ({})",
                review.id,
                context.local(review.created),
                count(review.findings, "finding"),
                plain::line(&review.label, 60),
                mode(review),
            )?;
        }
    }
    out.flush()?;
    Ok(Exit::Success)
}

/// Who judged, in a word or two.
fn mode(review: &ReviewSummary) -> String {
    let mode = review.result.get("mode").cloned().unwrap_or_default();
    match serde_json::from_value(mode) {
        Ok(Mode::Judged { model }) => plain::line(&model, 40),
        Ok(Mode::Unqualified { model }) => {
            format!("no judge; {} ran", plain::line(&model, 40))
        }
        Ok(Mode::ModelFree { .. }) => "no model".to_owned(),
        // Written by a version with other modes.
        Err(_) => "unknown mode".to_owned(),
    }
}
