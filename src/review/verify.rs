//! Examines each hypothesis with an agent of its own: what the evidence says,
//! a revision against the bug guidelines, then the verdict.

use std::sync::Arc;
use std::time::Instant;

use serde_json::{Value, json};

use crate::agent::{
    Agent, AgentError, Ledger, NO_PROBABILITY, OUT_OF_TIME, Prompts, Toolbox, Trace, prompt,
    quote_schema,
};
use crate::calibration::{Platt, log_odds, probability};
use crate::engine::Message;
use crate::finding::{Answer, Evidence, Fix, Hypothesis, Judge, Origin, Source, Verdict};
use crate::history::Entry;
use crate::store::TraceKind;

use super::context::Context;
use super::history;
use super::run::{Run, limits};
use super::{ReviewError, World, verdict};

/// How the trace says that an agent broke down.
pub(super) const FAILED: &str = "the agent failed";

/// Past failures around a hypothesis that are shown, and their tokens.
const FAILURES: usize = 2;
const HISTORY: usize = 160;

/// A hypothesis with what became of it.
pub(super) struct Verified {
    pub hypothesis: Hypothesis,
    pub verdict: Verdict,
}

/// Runs the agents concurrently. Whose verdict counts depends on the mode: a
/// model that may not judge goes through every step, and its verdict stands in
/// the trace only.
pub(super) async fn verify(
    run: &mut Run,
    hypotheses: Vec<Hypothesis>,
) -> Result<Vec<Verified>, ReviewError> {
    let doing = format!("verifying {} hypotheses", hypotheses.len());
    let mut trace = run.begin("verify", &doing);
    let mut tasks = Vec::new();
    for hypothesis in &hypotheses {
        let Some(context) = run.context.clone().filter(|_| run.world.llm.is_some()) else { break };
        let work = Work {
            world: run.world.clone(),
            prompts: run.prompts.clone(),
            toolbox: run.toolbox.clone(),
            context,
            paths: run.reviewed.clone(),
            history: around(run, hypothesis)?,
            hypothesis: hypothesis.clone(),
        };
        tasks.push(tokio::task::spawn_blocking(move || work.examine()));
    }
    let mut opinions = Vec::new();
    let mut unsure = false;
    for task in tasks {
        let (opinion, record) = task.await?;
        unsure |= record.events().iter().any(|e| e.text.starts_with(NO_PROBABILITY));
        trace.join(record);
        opinions.push(opinion);
    }
    if unsure {
        run.notes.push(format!("{NO_PROBABILITY}: the model's verdicts do not count"));
    }
    let mut verified = Vec::new();
    let mut opinions = opinions.into_iter();
    for mut hypothesis in hypotheses {
        let opinion = opinions.next().flatten();
        let verdict = match opinion {
            Some(opinion) if run.judged() => {
                opinion.settle(&mut hypothesis, &run.world.standing.weight)
            }
            _ => by_program(run, &hypothesis),
        };
        trace.note(format!(
            "{} is {:?} with confidence {:.3} ({})",
            hypothesis.id, verdict.answer, verdict.confidence, verdict.reason
        ));
        verified.push(Verified { hypothesis, verdict });
    }
    run.end(trace);
    Ok(verified)
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

/// The verdict where no model may judge: an origin's own proof stands with its
/// prior; what only a model claims does not.
fn by_program(run: &Run, hypothesis: &Hypothesis) -> Verdict {
    let claimed = hypothesis.origin == Origin::Model;
    let reason = match (claimed, run.judged()) {
        (true, true) => "the agent came to no verdict, and only a model claims it",
        (true, false) => "only a model that may not judge claims it",
        (false, true) => "the agent came to no verdict; the origin's own proof stands",
        (false, false) => "the origin's own proof",
    };
    Verdict {
        answer: if claimed { Answer::Invalid } else { Answer::Valid },
        confidence: if claimed { 0.0 } else { hypothesis.prior },
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
    hypothesis: Hypothesis,
}

/// What an agent thinks of a hypothesis.
struct Opinion {
    model: String,
    /// Probability of `valid` against `invalid`.
    valid: f64,
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
    fn examine(self) -> (Option<Opinion>, Trace) {
        let mut trace = Trace::new("verify", &self.hypothesis.id);
        match self.steps(&mut trace) {
            Ok(opinion) => (opinion, trace),
            Err(error) => {
                trace.note(format!("{FAILED}: {error}"));
                (None, trace)
            }
        }
    }

    fn steps(&self, trace: &mut Trace) -> Result<Option<Opinion>, AgentError> {
        let Some(llm) = self.world.llm.as_deref() else { return Ok(None) };
        let limits = limits(&self.world);
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
            valid: forced.valid,
            severity: severity(&text(&revision, "severity")),
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
        let question = self.prompts.render("verify/revise", json!({ "guideline": guideline }))?;
        let schema = self.prompts.schema("verify/revise", &[])?;
        agent.ask(messages, question, &schema, trace)
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

/// The middle of each word's quarter of the scale.
fn severity(word: &str) -> Option<f64> {
    match word {
        "low" => Some(0.125),
        "medium" => Some(0.375),
        "high" => Some(0.625),
        "critical" => Some(0.875),
        _ => None,
    }
}

impl Opinion {
    /// Turns the opinion of a model that may judge into the verdict, and adds
    /// what it found to the hypothesis. What the program proved keeps at least
    /// its severity.
    ///
    /// The verdict is evidence, and weighs what it was measured to weigh (Bayes' rule in
    /// log-odds): a weak judge moves the prior little. The hypothesis is refuted if the
    /// verdict speaks against it and leaves it less likely than not.
    fn settle(self, hypothesis: &mut Hypothesis, weight: &Platt) -> Verdict {
        let odds = weight.odds(log_odds(self.valid));
        let confidence = probability(log_odds(hypothesis.prior) + odds);
        let valid = odds >= 0.0 || confidence >= 0.5;
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
