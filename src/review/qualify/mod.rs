//! Measures whether a model's verdicts beat chance, before they may keep or kill a
//! finding.
//!
//! ```text
//! prompts/probes ─▶ probe ─▶ the verify stage's prompt and forced verdict ─▶ measure
//!                                                  record ◀─ standing ◀────────┘
//! ```
//!
//! A probe is a hypothesis on a change with all the evidence that settles it. What an
//! agent would have looked up is given, so that the measurement takes a prompt and two
//! words for each probe, not a conversation.

mod measure;
mod probe;
mod record;
mod standing;

use std::time::{Duration, Instant};

use crate::agent::tool::{self, ToolSpec, ToolSpecError};
use crate::agent::{
    Agent, AgentError, Limits, NO_PROBABILITY, PromptError, Prompts, Toolbox, Trace,
};
use crate::asset::{AssetError, Assets};
use crate::config;
use crate::engine::{EngineError, Llm};

use super::verdict::Forced;
use super::{context, verdict, verify};

pub use measure::Qualification;
pub use record::{Key, Known, Record, Records};
pub use standing::{Asked, Standing, standing};

use probe::{Pair, Probe};

#[derive(Debug, thiserror::Error)]
pub enum QualifyError {
    #[error(transparent)]
    Asset(#[from] AssetError),
    #[error("the probes {path} are not valid TOML of their form")]
    Toml {
        path: String,
        #[source]
        source: toml::de::Error,
    },
    #[error("the probe \"{title}\" in {path} is not usable: {reason}")]
    Probe { path: String, title: String, reason: String },
    #[error("there are no probes in prompts/probes")]
    NoProbes,
    #[error("the tools could not be described")]
    Tools(#[from] ToolSpecError),
    #[error(transparent)]
    Agent(#[from] AgentError),
    #[error(transparent)]
    Prompt(#[from] PromptError),
    #[error(transparent)]
    Engine(#[from] EngineError),
    #[error("{model} offers no probabilities, so its verdicts cannot be measured: {reason}")]
    NoProbabilities { model: String, reason: String },
}

/// A model before the probes.
pub struct Examination<'a> {
    llm: &'a dyn Llm,
    prompts: &'a Prompts,
    settings: &'a config::Agent,
    tools: Vec<ToolSpec>,
    pairs: Vec<Pair>,
}

/// What a model answered to one pair of probes.
#[derive(Debug, Clone, PartialEq)]
pub struct Answers {
    pub kind: String,
    pub language: String,
    pub title: String,
    /// Probability of `valid` for the bug, 0 to 1, the bias of the order taken out; and
    /// with `valid` and with `invalid` named first.
    pub bug: f64,
    pub bug_orders: [f64; 2],
    /// Likewise for its safe twin.
    pub safe: f64,
    pub safe_orders: [f64; 2],
}

/// How an examination ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    Measured {
        answers: Vec<Answers>,
        qualification: Qualification,
    },
    /// It was broken off: all probes would take about that many seconds.
    Slow {
        seconds: f64,
    },
}

impl<'a> Examination<'a> {
    /// Reads all probes; a broken one is an error here.
    pub fn new(
        llm: &'a dyn Llm,
        prompts: &'a Prompts,
        assets: &Assets,
        settings: &'a config::Agent,
    ) -> Result<Self, QualifyError> {
        let (tools, pairs) = (tool::specs(assets)?, probe::load(assets)?);
        if pairs.is_empty() {
            return Err(QualifyError::NoProbes);
        }
        Ok(Self { llm, prompts, settings, tools, pairs })
    }

    /// Number of probes, two to a pair.
    pub fn probes(&self) -> usize {
        2 * self.pairs.len()
    }

    /// Asks for the verdicts on at most so many probes, every kind of bug before any
    /// kind again; one pair at least. With a limit the examination ends early when the
    /// first two pairs show that all would take longer. `progress` gets the probes done
    /// and all there are to do.
    pub fn run(
        &self,
        most: usize,
        limit: Option<Duration>,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<Outcome, QualifyError> {
        let pairs = &self.pairs[..(most / 2).clamp(1, self.pairs.len())];
        // Loads the model, which is no time of a verdict.
        self.llm.count("")?;
        let start = Instant::now();
        let mut first = Duration::ZERO;
        let mut answers = Vec::new();
        for pair in pairs {
            progress(2 * answers.len(), 2 * pairs.len());
            let (bug, safe) = (self.ask(&pair.bug)?, self.ask(&pair.safe)?);
            answers.push(Answers {
                kind: pair.kind.clone(),
                language: pair.language.clone(),
                title: pair.bug.hypothesis.title.clone(),
                bug: bug.valid,
                bug_orders: bug.orders,
                safe: safe.valid,
                safe_orders: safe.orders,
            });
            let (done, elapsed) = (answers.len(), start.elapsed());
            if done == 1 {
                first = elapsed;
            }
            // The first pair computes the system prompt, which all share.
            let a_pair = (elapsed - first).div_f64((done.max(2) - 1) as f64);
            let all = first + a_pair.mul_f64((pairs.len() - 1) as f64);
            let over = |limit: Duration| (done == 2 && all > limit) || elapsed > 2 * limit;
            if done < pairs.len() && limit.is_some_and(over) {
                return Ok(Outcome::Slow { seconds: all.as_secs_f64() });
            }
        }
        progress(2 * answers.len(), 2 * pairs.len());
        let qualification =
            Qualification::of(&answers, start.elapsed()).ok_or(QualifyError::NoProbes)?;
        Ok(Outcome::Measured { answers, qualification })
    }

    /// The verify stage's own verdict on a probe.
    fn ask(&self, probe: &Probe) -> Result<Forced, QualifyError> {
        let context = context::alone(self.prompts, &self.tools, &probe.path, &probe.lines)?;
        let task = verify::task(self.prompts, &probe.hypothesis, "")?;
        let messages = context.messages(&task);
        let nothing = Toolbox::new(Vec::new(), Vec::new());
        let limits = Limits {
            steps: 1,
            reply_tokens: self.settings.max_reply_tokens,
            answer_tokens: self.settings.max_answer_tokens,
            prompt_tokens: self.settings.max_prompt_tokens,
            deadline: None,
            seed: 0,
        };
        let agent = Agent { llm: self.llm, toolbox: &nothing, limits, paths: &[] };
        let guideline = self.prompts.guideline(&probe.hypothesis.kind);
        let mut trace = Trace::new("qualify", "");
        let title = &probe.hypothesis.title;
        let forced = verdict::force(
            &agent,
            self.prompts,
            &messages,
            title,
            guideline.as_deref(),
            &mut trace,
        )?;
        forced.ok_or_else(|| {
            let said = trace.events().iter().find_map(|e| e.text.strip_prefix(NO_PROBABILITY));
            QualifyError::NoProbabilities {
                model: self.llm.info().name.clone(),
                reason: said.unwrap_or_default().trim_start_matches(": ").to_owned(),
            }
        })
    }
}
