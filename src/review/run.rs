//! The state of one review: what every stage reads, and what they leave behind.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::agent::{Agent, Limits, OUT_OF_TIME, Prompts, Toolbox, Trace};
use crate::change::{Change, Skipped, Snapshot};
use crate::docs::{Docs, Reviewed};
use crate::finding::{Finding, Hypothesis, round3};
use crate::history::{self, History};
use crate::index::{Index, View};
use crate::risk::{self, Learned, Risk};
use crate::sentry::{SentryCache, Tree};
use crate::store::{Memory, ReviewRecord, TraceEvent, TraceKind};

use super::context::Context;
use super::severity::Rubric;
use super::toolbox::toolbox;
use super::{Cause, Dropped, Mode, Review, ReviewError, SentryState, StageTime, World, key};
use super::{draft, verify};

/// Version of [`Review`]'s form.
const SCHEMA: u32 = 1;

/// The time that a review with a model may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Budget {
    pub start: Instant,
    pub length: Duration,
}

impl Budget {
    fn new(world: &World) -> Option<Self> {
        let length = Duration::from_secs(world.config.review.budget_seconds);
        let is_set = world.llm.is_some() && !length.is_zero();
        is_set.then(|| Self { start: Instant::now(), length })
    }

    pub fn left(&self) -> Duration {
        self.length.saturating_sub(self.start.elapsed())
    }
}

pub(super) struct Run {
    pub world: Arc<World>,
    /// When the budget is spent, if there is one.
    pub budget: Option<Budget>,
    pub change: Change,
    pub base: Arc<Snapshot>,
    pub head: Arc<View>,
    pub prompts: Arc<Prompts>,
    pub rubric: Arc<Rubric>,
    pub toolbox: Arc<Toolbox>,
    /// Where frames are placed; none without a production history.
    tree: Option<Arc<Tree>>,
    pub memories: Vec<Memory>,
    pub mode: Mode,
    /// The prompt that all agents share; made when the filter has chosen.
    pub context: Option<Arc<Context>>,
    /// What failed before around the change; looked up when the filter has chosen.
    pub history: History,
    /// What the repository's past says of how risky changes are.
    pub learned: Learned,
    /// How risky the files of this one are; assessed by the filter.
    pub risk: Risk,
    pub dropped: Vec<Dropped>,
    pub skipped: Vec<Skipped>,
    pub reviewed: Vec<String>,
    pub notes: Vec<String>,
    trace: Trace,
    stages: Vec<StageTime>,
    clock: (String, Instant),
}

/// The stored review with the same inputs, if it may be used again.
pub(super) fn kept(world: &World, change: &Change) -> Result<Option<Review>, ReviewError> {
    if !world.reuse {
        return Ok(None);
    }
    let learned = learned(world, change)?;
    let key = key::key(world, change, &Prompts::load(&world.assets)?, &learned)?;
    let Some(record) = world.store.review_by_key(&key)? else { return Ok(None) };
    let mut review: Review = serde_json::from_value(record.result)?;
    review.cached = true;
    review.label.clone_from(&change.head.label);
    Ok(Some(review))
}

impl Run {
    /// Opens both trees, brings the index up to date and loads what agents
    /// need.
    pub fn start(world: Arc<World>, change: Change) -> Result<Self, ReviewError> {
        let clock = ("index".to_owned(), Instant::now());
        let budget = Budget::new(&world);
        (world.progress)("learning from the history");
        let learned = learned(&world, &change)?;
        (world.progress)("indexing");
        let base = Arc::new(world.repo.snapshot(&change.base.tree)?);
        let snapshot = Arc::new(world.repo.snapshot(&change.head.tree)?);
        let paths: Vec<String> = change.files.iter().map(|f| f.path.clone()).collect();
        let index = Index::new(&world.store, world.languages.clone());
        let report = index.update(
            &snapshot,
            world.embedder.as_deref(),
            &paths,
            world.config.index.max_embeddings,
            &mut |_, _| {},
        )?;
        let head = Arc::new(index.view(snapshot)?);
        let prompts = Arc::new(Prompts::load(&world.assets)?);
        let rubric = Arc::new(Rubric::load(&world.assets)?);
        let specs = crate::agent::tool::specs(&world.assets)?;
        let cache = SentryCache::new(&world.sentry);
        let tree = history::tree(&cache, &world.repo, &head, &change)?.map(Arc::new);
        let (docs, without_docs) = docs(&world, &head, &change);
        let toolbox = Arc::new(toolbox(specs, &world, &head, &change, docs, tree.clone()));
        let mode = match &world.llm {
            None => Mode::ModelFree { reason: world.without_llm.clone() },
            Some(llm) if world.standing.judges => Mode::Judged { model: llm.info().name.clone() },
            Some(llm) => Mode::Unqualified { model: llm.info().name.clone() },
        };
        let memories = world.store.memories()?;
        let mut notes = Vec::new();
        if world.llm.is_some() {
            notes.extend(world.standing.notes.iter().cloned());
        }
        notes.extend(without_docs);
        if report.embedded > 0 && report.embedded == world.config.index.max_embeddings {
            notes.push(
                "the index has not embedded all code yet; search by meaning sees more in the next \
                 review"
                    .to_owned(),
            );
        }
        let mut trace = Trace::new("index", "");
        trace.note(format!(
            "{} files, {} parsed now, {} chunks embedded",
            report.files, report.parsed, report.embedded
        ));
        Ok(Self {
            world,
            budget,
            change,
            base,
            head,
            prompts,
            rubric,
            toolbox,
            tree,
            memories,
            mode,
            context: None,
            history: History::default(),
            learned,
            risk: Risk::default(),
            dropped: Vec::new(),
            skipped: Vec::new(),
            reviewed: Vec::new(),
            notes,
            trace,
            stages: Vec::new(),
            clock,
        })
    }

    pub fn sentry(&self) -> SentryCache<'_> {
        SentryCache::on(&self.world.sentry, self.tree.as_deref()).of(&self
            .world
            .config
            .sentry
            .projects)
    }

    /// Begins a stage: closes the time of the one before.
    pub fn begin(&mut self, stage: &str, doing: &str) -> Trace {
        (self.world.progress)(doing);
        self.close_stage();
        self.clock = (stage.to_owned(), Instant::now());
        Trace::new(stage, "")
    }

    fn close_stage(&mut self) {
        let (stage, start) = &self.clock;
        self.stages.push(StageTime {
            stage: stage.clone(),
            milliseconds: start.elapsed().as_millis() as u64,
            prompt_tokens: 0,
            cached_tokens: 0,
            completion_tokens: 0,
        });
    }

    /// Takes over what a stage recorded.
    pub fn end(&mut self, trace: Trace) {
        self.trace.join(trace);
    }

    /// Notes a hypothesis that goes no further; `confidence` is that of its verdict,
    /// if there is one.
    pub fn drop(
        &mut self,
        trace: &mut Trace,
        stage: &str,
        hypothesis: &Hypothesis,
        cause: Cause,
        reason: String,
        confidence: Option<f64>,
    ) {
        trace.note(format!("dropped {} \"{}\": {reason}", hypothesis.id, hypothesis.title));
        self.dropped.push(Dropped {
            title: hypothesis.title.clone(),
            origin: hypothesis.origin,
            rule: hypothesis.rule.clone(),
            kind: hypothesis.kind.clone(),
            location: hypothesis.location.clone(),
            symbol: hypothesis.symbol.clone(),
            mechanism: hypothesis.mechanism.clone(),
            prior: round3(hypothesis.prior),
            severity: round3(hypothesis.severity),
            stage: stage.to_owned(),
            cause,
            reason,
            confidence: confidence.map(round3),
        });
    }

    /// Whether a model's verdicts decide.
    pub fn judged(&self) -> bool {
        matches!(self.mode, Mode::Judged { .. })
    }

    /// The bounds of a draft: half of what is left of the budget is for the verdicts.
    pub fn limits(&self) -> Limits {
        limits(&self.world, self.budget.map(|b| b.left() / 2))
    }

    /// An agent of this run; `None` without a model.
    pub fn agent(&self) -> Option<Agent<'_>> {
        let llm = self.world.llm.as_deref()?;
        Some(Agent { llm, toolbox: &self.toolbox, limits: self.limits(), paths: &self.reviewed })
    }

    /// Writes the review into the store and returns it.
    pub fn finish(mut self, findings: Vec<Finding>) -> Result<Review, ReviewError> {
        self.close_stage();
        let events = std::mem::take(&mut self.trace).into_events();
        count_tokens(&mut self.stages, &events);
        let (issues, newest) = self.sentry().counts()?;
        // Under the facts as they are now: what this review taught follows from
        // it, and does not make it stale.
        let mut key = key::key(&self.world, &self.change, &self.prompts, &self.learned)?;
        if let Some(event) = events.iter().find(|e| cut_short(e)) {
            // Another run may get further, so this one is not taken for it.
            key.push_str("-incomplete");
            let who = format!("{} {}", event.stage, event.agent);
            self.notes.push(format!(
                "{} did not finish ({}); a later run may find more",
                who.trim(),
                event.text
            ));
        }
        let id = crate::store::review_id(self.world.now, &key);
        self.skipped.extend(self.change.skipped.iter().cloned());
        self.skipped.sort_by(|a, b| a.path.cmp(&b.path));
        let review = Review {
            schema: SCHEMA,
            forewarn: env!("CARGO_PKG_VERSION").to_owned(),
            id: id.clone(),
            label: self.change.head.label.clone(),
            base: self.change.base.tree.clone(),
            head: self.change.head.tree.clone(),
            mode: self.mode,
            findings,
            dropped: self.dropped,
            reviewed: self.reviewed,
            skipped: self.skipped,
            sentry: SentryState { issues, newest },
            notes: self.notes,
            stages: self.stages,
            cached: false,
        };
        self.world.store.add_review(&ReviewRecord {
            id,
            key,
            created: self.world.now,
            base: review.base.clone(),
            head: review.head.clone(),
            label: review.label.clone(),
            result: serde_json::to_value(&review)?,
            findings: review.findings.clone(),
            trace: events,
        })?;
        Ok(review)
    }
}

/// What is known of the risk of changes on top of this one's base. It is kept: asking
/// again costs a few calls of git.
fn learned(world: &World, change: &Change) -> Result<Learned, ReviewError> {
    let base = change.base.commit.as_deref();
    Ok(risk::learned(&world.repo, &world.store, base, &world.languages, &world.config, false)?)
}

/// The documentation that agents may search, if there is any and a model to ask for
/// it; else why it cannot be opened. That costs a review this one tool.
fn docs(world: &World, head: &View, change: &Change) -> (Option<Arc<Docs>>, Option<String>) {
    let Some(machine) = world.docs.as_ref().filter(|_| world.llm.is_some()) else {
        return (None, None);
    };
    let reviewed = Reviewed::new(head.snapshot().clone(), change);
    let (machine, limits) = (machine.clone(), world.config.docs.clone());
    match Docs::open(machine, &world.assets, world.languages.clone(), limits, Some(reviewed)) {
        Ok(docs) => (Some(Arc::new(docs)).filter(|d| d.has_any()), None),
        Err(error) => {
            let why = crate::plain::line(&error.to_string(), 300);
            (None, Some(format!("agents could not search documentation: {why}")))
        }
    }
}

/// The bounds of an agent that starts now and has that much time, where there is a budget.
pub(super) fn limits(world: &World, time: Option<Duration>) -> Limits {
    let agent = &world.config.agent;
    let most = Duration::from_secs(agent.max_seconds);
    Limits {
        steps: agent.max_steps.max(1),
        reply_tokens: agent.max_reply_tokens,
        answer_tokens: agent.max_answer_tokens,
        prompt_tokens: agent.max_prompt_tokens,
        deadline: Some(Instant::now() + time.map_or(most, |time| time.min(most))),
        seed: world.config.model.seed,
    }
}

/// Whether an agent was stopped before it was done.
fn cut_short(event: &TraceEvent) -> bool {
    event.kind == TraceKind::Note
        && (event.text == OUT_OF_TIME
            || event.text.starts_with(verify::FAILED)
            || event.text.starts_with(verify::UNEXAMINED)
            || event.text.starts_with(draft::FAILED))
}

fn count_tokens(stages: &mut [StageTime], events: &[TraceEvent]) {
    let mut sums: BTreeMap<&str, (usize, usize, usize)> = BTreeMap::new();
    for event in events {
        let sum = sums.entry(&event.stage).or_default();
        sum.0 += event.prompt_tokens;
        sum.1 += event.cached_tokens;
        sum.2 += event.completion_tokens;
    }
    for stage in stages {
        if let Some(sum) = sums.get(stage.stage.as_str()) {
            (stage.prompt_tokens, stage.cached_tokens, stage.completion_tokens) = *sum;
        }
    }
}
