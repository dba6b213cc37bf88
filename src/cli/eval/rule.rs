//! How findings and expected bugs are matched, as flags.

use std::sync::Arc;

use anyhow::Context as _;

use crate::agent::Prompts;
use crate::cli::error::Advice;
use crate::cli::{Context, models, world};
use crate::engine::Embedder;
use crate::engine::model::Manifests;
use crate::eval::Run;
use crate::eval::score::{self, Judge, Rule, Score};
use crate::sandbox;

#[derive(Debug, Clone, clap::Args)]
pub(super) struct Args {
    /// Lines between a finding and an expected bug that still count as one place.
    #[arg(long, value_name = "LINES", default_value_t = 3)]
    distance: u32,
    /// Do not compare descriptions: lines alone decide, which counts too much as right.
    #[arg(long)]
    by_lines: bool,
    /// Let the model of the settings decide where the descriptions' similarity is near the
    /// threshold, on this machine or at the endpoint. How often it is right is told.
    #[arg(long, conflicts_with = "by_lines")]
    judge: bool,
    /// Leave out findings below this confidence.
    #[arg(long, value_name = "CONFIDENCE", default_value_t = 0.0)]
    min_confidence: f64,
}

/// A rule with the embedder that it needs.
pub(super) struct Ready {
    pub rule: Rule,
    embedder: Option<Arc<dyn Embedder>>,
    judge: Option<Judge>,
}

impl Ready {
    pub fn score(&self, run: &Run) -> anyhow::Result<Score> {
        Ok(score::score(run, &self.rule, self.embedder.as_deref(), self.judge.as_ref())?)
    }
}

impl Args {
    /// Loads the embedder and its threshold.
    pub fn ready(&self, context: &Context) -> anyhow::Result<Ready> {
        if !(0.0..=1.0).contains(&self.min_confidence) {
            let what = format!("`--min-confidence` cannot be {}", self.min_confidence);
            let help = "give a number from 0 to 1".to_owned();
            return Err(Advice { what, help }.into());
        }
        let mut rule = Rule {
            distance: self.distance,
            descriptions: None,
            judge: None,
            min_confidence: self.min_confidence,
        };
        if self.by_lines {
            return Ok(Ready { rule, embedder: None, judge: None });
        }
        let Some(embedder) = world::embedder(context)? else { return Err(missing(context)?) };
        let threshold = score::threshold(embedder.as_ref())
            .context("could not find the threshold of the embedder")?;
        let judge = match self.judge {
            false => None,
            true => {
                let judge = judge(context)?;
                let tried = judge.tried(embedder.as_ref(), threshold.threshold);
                rule.judge = Some(tried.context("the judge could not be tried")?);
                Some(judge)
            }
        };
        rule.descriptions = Some(threshold);
        Ok(Ready { rule, embedder: Some(embedder), judge })
    }
}

/// The model of the settings as a judge, with the network closed to this process, as in
/// a review: it reads what reviews and datasets say.
fn judge(context: &Context) -> anyhow::Result<Judge> {
    let endpoint = context.endpoint()?;
    sandbox::close_network().context("could not close the network")?;
    let Some(llm) = world::language_model(context, endpoint.as_ref())? else {
        let what = "there is no model to judge descriptions".to_owned();
        let help = "`forewarn models pull` gets one, the settings may name an endpoint; or leave \
                    out `--judge`"
            .to_owned();
        return Err(Advice { what, help }.into());
    };
    Ok(Judge { llm, prompts: Prompts::load(&context.assets)? })
}

fn missing(context: &Context) -> anyhow::Result<anyhow::Error> {
    let manifests = Manifests::load(&context.assets)?;
    let name = models::default_embedder(&manifests).map_or("NAME", |m| m.name.as_str());
    let what = "descriptions cannot be compared: there is no embedder".to_owned();
    let help = format!(
        "`forewarn models pull {name}` gets one; or let lines alone decide with `--by-lines`"
    );
    Ok(Advice { what, help }.into())
}
