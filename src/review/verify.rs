//! Examines each hypothesis with an agent of its own: what the evidence says,
//! a revision against the bug guidelines, then the verdict.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::agent::{
    Agent, AgentError, Ledger, NO_PROBABILITY, OUT_OF_TIME, Prompts, Toolbox, Trace, prompt,
    quote_schema,
};
use crate::calibration::{log_odds, probability};
use crate::engine::Message;
use crate::finding::{Answer, Evidence, Fix, Hypothesis, Judge, Origin, Source, Verdict};
use crate::history::Entry;
use crate::store::TraceKind;

use super::chance::Chances;
use super::context::Context;
use super::history;
use super::run::{Run, limits};
use super::severity::Rubric;
use super::{ReviewError, World, verdict};

/// How the trace says that an agent broke down.
pub(super) const FAILED: &str = "the agent failed";

/// How the trace says that hypotheses were not examined.
pub(super) const UNEXAMINED: &str = "the budget";
/// Which look at a hypothesis an agent takes; added to the seed.
const FIRST: u64 = 0;
const SECOND: u64 = 1;
/// Log-odds of a verdict that is as sure as they come.
const SURE: f64 = 3.0;

/// Past failures around a hypothesis that are shown, and their tokens.
const FAILURES: usize = 2;
const HISTORY: usize = 160;

/// A hypothesis with what became of it.
pub(super) struct Verified {
    pub hypothesis: Hypothesis,
    pub verdict: Verdict,
}

/// Examines the hypotheses, concurrently or, with a budget, one after the other while it
/// lasts. Whose verdict counts depends on the mode: a model that may not judge goes through
/// every step, and its verdict stands in the trace only.
pub(super) async fn verify(
    run: &mut Run,
    hypotheses: Vec<Hypothesis>,
) -> Result<Vec<Verified>, ReviewError> {
    let doing = format!("verifying {} hypotheses", hypotheses.len());
    let mut trace = run.begin("verify", &doing);
    let mut opinions: Vec<Option<Opinion>> = hypotheses.iter().map(|_| None).collect();
    let chances = Chances::load(&run.world)?;
    let chances: Vec<f64> = hypotheses.iter().map(|h| chances.of(h)).collect();
    if let Some(context) = run.context.clone().filter(|_| run.world.llm.is_some()) {
        let works = works(run, &context, &hypotheses)?;
        let order = by_use(run, &hypotheses, &chances);
        let unexamined = look(run, &works, &order, FIRST, &mut opinions, &mut trace).await?;
        if let Some(budget) = run.budget.filter(|_| !unexamined.is_empty()) {
            let names: Vec<String> = unexamined
                .iter()
                .map(|&n| format!("\"{}\" at {}", hypotheses[n].title, hypotheses[n].location))
                .collect();
            trace.note(format!(
                "{UNEXAMINED} of {} s was spent before {}",
                budget.length.as_secs(),
                names.join(", ")
            ));
        }
        let band = run.world.config.review.second_look;
        let undecided = |n: &usize| {
            let odds = opinions[*n].as_ref().map(|opinion| opinion.odds);
            run.judged() && odds.is_some_and(|odds| (probability(odds) - 0.5).abs() < band)
        };
        let undecided: Vec<usize> = order.into_iter().filter(undecided).collect();
        look(run, &works, &undecided, SECOND, &mut opinions, &mut trace).await?;
    }
    if trace.events().iter().any(|e| e.text.starts_with(NO_PROBABILITY)) {
        run.notes.push(format!("{NO_PROBABILITY}: the model's verdicts do not count"));
    }
    let mut verified = Vec::new();
    for ((mut hypothesis, opinion), chance) in hypotheses.into_iter().zip(opinions).zip(chances) {
        let verdict = match opinion {
            Some(opinion) if run.judged() => opinion.settle(&mut hypothesis, chance),
            _ => by_program(run, &hypothesis, chance),
        };
        trace.note(format!(
            "{} is {:?} with confidence {:.3}, {chance:.3} before verification ({})",
            hypothesis.id, verdict.answer, verdict.confidence, verdict.reason
        ));
        verified.push(Verified { hypothesis, verdict });
    }
    run.end(trace);
    Ok(verified)
}

fn works(
    run: &Run,
    context: &Arc<Context>,
    hypotheses: &[Hypothesis],
) -> Result<Vec<Arc<Work>>, ReviewError> {
    let mut works = Vec::new();
    for hypothesis in hypotheses {
        works.push(Arc::new(Work {
            world: run.world.clone(),
            prompts: run.prompts.clone(),
            toolbox: run.toolbox.clone(),
            context: context.clone(),
            paths: run.reviewed.clone(),
            history: around(run, hypothesis)?,
            rubric: run.rubric.clone(),
            reach: run.rubric.proven(hypothesis, &run.sentry())?,
            hypothesis: hypothesis.clone(),
        }));
    }
    Ok(works)
}

/// The order in which to examine hypotheses, which come ranked by risk: first those that a
/// verdict can move across the threshold of confidence.
fn by_use(run: &Run, hypotheses: &[Hypothesis], chances: &[f64]) -> Vec<usize> {
    let bar = log_odds(run.world.config.review.min_confidence);
    let weight = &run.world.standing.weight;
    let can_turn = |n: usize| {
        let shown = |odds: f64| log_odds(chances[n]) + odds >= bar;
        let (for_it, against) = (weight.odds(SURE), weight.odds(-SURE));
        hypotheses[n].origin == Origin::Model
            || shown(for_it.max(against)) != shown(for_it.min(against))
    };
    let mut order: Vec<usize> = (0..hypotheses.len()).collect();
    order.sort_by_key(|&n| !can_turn(n));
    order
}

/// Lets agents look at some of the hypotheses and joins what they say to the opinions.
/// Returns those that the budget left no time for.
async fn look(
    run: &Run,
    works: &[Arc<Work>],
    order: &[usize],
    look: u64,
    opinions: &mut [Option<Opinion>],
    trace: &mut Trace,
) -> Result<Vec<usize>, ReviewError> {
    let begin = |n: usize| {
        let (work, left) = (works[n].clone(), run.budget.map(|b| b.left()));
        tokio::task::spawn_blocking(move || work.examine(look, left))
    };
    let mut take = |n: usize, (opinion, record): (Option<Opinion>, Trace)| {
        trace.join(record);
        if let Some(opinion) = opinion {
            opinions[n] = Some(match opinions[n].take() {
                Some(first) => first.agree(opinion),
                None => opinion,
            });
        }
    };
    let Some(budget) = run.budget else {
        let tasks: Vec<_> = order.iter().map(|&n| (n, begin(n))).collect();
        for (n, task) in tasks {
            take(n, task.await?);
        }
        return Ok(Vec::new());
    };
    let mut longest = Duration::ZERO;
    for (at, &n) in order.iter().enumerate() {
        // One that would be cut off is not begun, but the first, of which nothing is known.
        if budget.left() <= longest {
            return Ok(order[at..].to_vec());
        }
        let start = Instant::now();
        take(n, begin(n).await?);
        longest = longest.max(start.elapsed());
    }
    Ok(Vec::new())
}

/// What failed before in the hypothesis's symbol, then in its file; issues that are its
/// evidence are shown already.
fn around(run: &Run, hypothesis: &Hypothesis) -> Result<Vec<Entry>, ReviewError> {
    let known = hypothesis.evidence.iter().filter_map(|e| match &e.source {
        Source::Issue { id, .. } => Some(id.clone()),
        _ => None,
    });
    let (path, symbol) = (&hypothesis.location.path, hypothesis.symbol.as_deref());
    Ok(run.history.concerning(path, symbol, &known.collect(), FAILURES, &run.sentry())?)
}

/// The verdict where no model may judge: an origin's own proof stands with the
/// probability that such proofs have; what only a model claims does not.
fn by_program(run: &Run, hypothesis: &Hypothesis, chance: f64) -> Verdict {
    let claimed = hypothesis.origin == Origin::Model;
    let reason = match (claimed, run.judged()) {
        (true, true) => "no agent came to a verdict, and only a model claims it",
        (true, false) => "only a model that may not judge claims it",
        (false, true) => "no agent came to a verdict; the origin's own proof stands",
        (false, false) => "the origin's own proof",
    };
    Verdict {
        answer: if claimed { Answer::Invalid } else { Answer::Valid },
        confidence: if claimed { 0.0 } else { chance },
        severity: hypothesis.severity,
        judge: Judge::Program,
        reason: reason.to_owned(),
        checked: hypothesis.checked.clone(),
        unchecked: hypothesis.unchecked.clone(),
    }
}

/// What one agent needs, owned, so that it can run on a thread of its own.
struct Work {
    world: Arc<World>,
    prompts: Arc<Prompts>,
    toolbox: Arc<Toolbox>,
    context: Arc<Context>,
    paths: Vec<String>,
    history: Vec<Entry>,
    rubric: Arc<Rubric>,
    /// What its issues prove of how often it is met, as a shift of its severity.
    reach: Option<f64>,
    hypothesis: Hypothesis,
}

/// What an agent thinks of a hypothesis.
struct Opinion {
    model: String,
    /// Log of how much likelier this verdict is for a bug than for a safe change.
    odds: f64,
    severity: Option<f64>,
    says: String,
    explanation: String,
    fix: String,
    checked: String,
    unchecked: String,
    evidence: Vec<Evidence>,
}

impl Work {
    /// An agent that fails leaves no opinion; the trace says why.
    fn examine(&self, look: u64, time: Option<Duration>) -> (Option<Opinion>, Trace) {
        let mut trace = Trace::new("verify", &self.hypothesis.id);
        match self.steps(look, time, &mut trace) {
            Ok(opinion) => (opinion, trace),
            Err(error) => {
                trace.note(format!("{FAILED}: {error}"));
                (None, trace)
            }
        }
    }

    fn steps(
        &self,
        look: u64,
        time: Option<Duration>,
        trace: &mut Trace,
    ) -> Result<Option<Opinion>, AgentError> {
        let Some(llm) = self.world.llm.as_deref() else { return Ok(None) };
        let mut limits = limits(&self.world, time);
        limits.seed = limits.seed.wrapping_add(look);
        let agent = Agent { llm, toolbox: &self.toolbox, limits, paths: &self.paths };
        let mut ledger = self.context.ledger.clone();
        let past = history::show(llm, self.history.clone(), HISTORY, &mut ledger, trace)?;
        let task = task(&self.prompts, &self.hypothesis, &past)?;
        let mut messages = self.context.messages(&task);
        trace.add(TraceKind::Prompt, messages[1].text.clone());

        let follow_up = self.follow_up(&agent, &mut messages, &mut ledger, trace)?;
        let revision = self.revise(&agent, &mut messages, trace)?;
        if limits.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            trace.note(OUT_OF_TIME);
            return Ok(None);
        }
        let title = &self.hypothesis.title;
        let forced = verdict::force(&agent, &self.prompts, &messages, title, None, trace)?;
        let Some(forced) = forced else { return Ok(None) };

        let text = |value: &Option<Value>, key: &str| -> String {
            value.as_ref().and_then(|v| v[key].as_str()).unwrap_or_default().trim().to_owned()
        };
        let quote = text(&follow_up, "quote");
        let says = text(&follow_up, "evidence_says");
        let mut evidence: Vec<Evidence> = ledger.locate(&quote).into_iter().collect();
        for name in ledger.issues().iter().filter(|name| says.contains(name.as_str())) {
            evidence.extend(ledger.issue(name));
        }
        Ok(Some(Opinion {
            model: llm.info().name.clone(),
            odds: self.world.standing.weight.odds(log_odds(forced.valid)),
            severity: self.severity(&text(&revision, "consequence"), &text(&revision, "reach")),
            says,
            explanation: text(&revision, "explanation"),
            fix: text(&revision, "fix"),
            checked: text(&revision, "checked"),
            unchecked: text(&revision, "unchecked"),
            evidence,
        }))
    }

    fn follow_up(
        &self,
        agent: &Agent<'_>,
        messages: &mut Vec<Message>,
        ledger: &mut Ledger,
        trace: &mut Trace,
    ) -> Result<Option<Value>, AgentError> {
        agent.run(messages, ledger, trace, &|ledger, trace| {
            let quotes = quote_schema(ledger.quotes(usize::MAX), trace);
            self.prompts.schema("verify/follow_up", &[("quotes", quotes)])
        })
    }

    fn revise(
        &self,
        agent: &Agent<'_>,
        messages: &mut Vec<Message>,
        trace: &mut Trace,
    ) -> Result<Option<Value>, AgentError> {
        let guideline = self.prompts.guideline(&self.hypothesis.kind).unwrap_or_default();
        let mut values = self.rubric.question();
        values["guideline"] = guideline.into();
        let question = self.prompts.render("verify/revise", values)?;
        let schema = self.prompts.schema("verify/revise", &self.rubric.slots())?;
        agent.ask(messages, question, &schema, trace)
    }

    /// The severity of what a model says that the bug does and who meets it; the reach
    /// that issues prove goes before its word.
    fn severity(&self, consequence: &str, reach: &str) -> Option<f64> {
        match self.reach {
            Some(shift) => self.rubric.shifted(consequence, shift),
            None => self.rubric.rate(consequence, reach),
        }
    }
}

/// The task of examining a hypothesis, with the past failures around it as they are
/// shown.
pub(super) fn task(
    prompts: &Prompts,
    hypothesis: &Hypothesis,
    past: &str,
) -> Result<String, AgentError> {
    let h = hypothesis;
    let mut words = format!(
        "{} at {}\nIt assumes: {}\nIt fails so: {}",
        h.title, h.location, h.assumption, h.mechanism
    );
    for question in &h.questions {
        words.push_str(&format!("\nOpen question: {question}"));
    }
    let evidence: Vec<String> =
        h.evidence.iter().map(|e| format!("{}: {}", e.source, e.quote)).collect();
    let evidence = if evidence.is_empty() {
        String::new()
    } else {
        prompt::fence("evidence", &evidence.join("\n"))
    };
    let values = json!({
        "hypothesis": prompt::fence("hypothesis", &words),
        "evidence": evidence,
        "history": past,
    });
    Ok(prompts.render("verify/task", values)?)
}

impl Opinion {
    /// Joins a second look: the mean of both verdicts, with the evidence of both.
    fn agree(mut self, second: Self) -> Self {
        self.odds = (self.odds + second.odds) / 2.0;
        for evidence in second.evidence {
            if !self.evidence.iter().any(|e| e.quote == evidence.quote) {
                self.evidence.push(evidence);
            }
        }
        self
    }

    /// Turns the opinion of a model that may judge into the verdict, and adds
    /// what it found to the hypothesis. What the program proved keeps at least
    /// its severity.
    ///
    /// The verdict is evidence, and weighs what it was measured to weigh (Bayes' rule in
    /// log-odds): a weak judge moves the probability before it little. The hypothesis is refuted if the
    /// verdict speaks against it and leaves it less likely than not.
    fn settle(self, hypothesis: &mut Hypothesis, chance: f64) -> Verdict {
        let confidence = probability(log_odds(chance) + self.odds);
        let valid = self.odds >= 0.0 || confidence >= 0.5;
        let severity = match (self.severity, hypothesis.origin) {
            (Some(rated), Origin::Model) => rated,
            (Some(rated), _) => rated.max(hypothesis.severity),
            (None, _) => hypothesis.severity,
        };
        if valid && hypothesis.origin == Origin::Model && !self.explanation.is_empty() {
            hypothesis.mechanism = self.explanation;
        }
        if hypothesis.fix.is_none() && !self.fix.is_empty() {
            hypothesis.fix = Some(Fix { text: self.fix, patch: None });
        }
        for evidence in self.evidence {
            if !hypothesis.evidence.iter().any(|e| e.quote == evidence.quote) {
                hypothesis.evidence.push(evidence);
            }
        }
        let with = |mut list: Vec<String>, more: String| {
            if !more.is_empty() {
                list.push(more);
            }
            list
        };
        Verdict {
            answer: if valid { Answer::Valid } else { Answer::Invalid },
            confidence,
            severity,
            judge: Judge::Model(self.model),
            reason: self.says,
            checked: with(hypothesis.checked.clone(), self.checked),
            unchecked: with(hypothesis.unchecked.clone(), self.unchecked),
        }
    }
}
