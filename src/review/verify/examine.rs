//! What one agent does with one hypothesis, and what its opinion makes of it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::FAILED;
use crate::agent::{
    Agent, AgentError, Ledger, OUT_OF_TIME, Prompts, Toolbox, Trace, prompt, quote_schema,
};
use crate::calibration::{log_odds, probability};
use crate::engine::Message;
use crate::finding::{Answer, Evidence, Fix, Hypothesis, Judge, Origin, Verdict};
use crate::history::Entry;
use crate::review::context::Context;
use crate::review::run::limits;
use crate::review::severity::Rubric;
use crate::review::{World, history, verdict};
use crate::store::TraceKind;

/// Tokens of the past failures that are shown.
const HISTORY: usize = 160;

/// What one agent needs, owned, so that it can run on a thread of its own.
pub(super) struct Work {
    pub world: Arc<World>,
    pub prompts: Arc<Prompts>,
    pub toolbox: Arc<Toolbox>,
    pub context: Arc<Context>,
    pub paths: Vec<String>,
    pub history: Vec<Entry>,
    pub rubric: Arc<Rubric>,
    /// What its issues prove of how often it is met, as a shift of its severity.
    pub reach: Option<f64>,
    pub hypothesis: Hypothesis,
}

/// What an agent thinks of a hypothesis.
pub(super) struct Opinion {
    model: String,
    /// Log of how much likelier this verdict is for a bug than for a safe change.
    pub odds: f64,
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
    pub fn examine(&self, look: u64, time: Option<Duration>) -> (Option<Opinion>, Trace) {
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
pub(in crate::review) fn task(
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
    pub fn agree(mut self, second: Self) -> Self {
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
    pub fn settle(self, hypothesis: &mut Hypothesis, chance: f64) -> Verdict {
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
