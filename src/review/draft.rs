//! Collects hypotheses: from the model's report and from the origins that need
//! no model, ranked together.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::agent::{Ledger, Trace, quote_schema};
use crate::finding::{Hypothesis, Location, Origin, Source};
use crate::risk;
use crate::store::TraceKind;

use super::context::{self, Context};
use super::dislike::Dislikes;
use super::history;
use super::origin::{self, Scene};
use super::run::Run;
use super::{Cause, Mode, ReviewError};

/// How the trace says that the model drafted nothing.
pub(super) const FAILED: &str = "the model's draft failed";

/// Proposes what may be wrong with the chosen files; the best go on, as many
/// as the settings allow. What the team voted down goes no further.
pub(super) fn draft(run: &mut Run, files: &[String]) -> Result<Vec<Hypothesis>, ReviewError> {
    let mut trace = run.begin("draft", "drafting hypotheses");
    if files.is_empty() {
        trace.note("no file to read");
        run.end(trace);
        return Ok(Vec::new());
    }
    run.history = history::look_up(run, files, &mut trace);
    let mut hypotheses = by_program(run, files, &mut trace);
    let mut proposed = Vec::new();
    if run.world.llm.is_some() {
        let context = Arc::new(context::context(run, files, &mut trace)?);
        run.context = Some(context.clone());
        proposed = match by_model(run, &context, &mut trace) {
            Err(error) if !is_unusable(&error) => {
                trace.note(format!("{FAILED}: {error}"));
                if is_away(&error) {
                    // Nor can it judge: the agents to come are not even begun.
                    run.mode = Mode::ModelFree { reason: error.to_string() };
                    run.context = None;
                }
                Vec::new()
            }
            result => result?,
        };
    }
    for hypothesis in &mut hypotheses {
        let shift = run.rubric.proven(hypothesis, &run.sentry())?.unwrap_or(0.0);
        hypothesis.severity = (hypothesis.severity + shift).clamp(0.0, 1.0);
    }
    for hypothesis in proposed {
        let twin = hypotheses.iter().find(|h| h.location.overlaps(&hypothesis.location));
        match twin.map(|h| h.title.clone()) {
            Some(title) => {
                let reason = format!("at the same place as \"{title}\"");
                run.drop(&mut trace, "draft", &hypothesis, Cause::SamePlace, reason, None);
            }
            None => hypotheses.push(hypothesis),
        }
    }
    let hypotheses = rank(run, hypotheses, &mut trace)?;
    run.end(trace);
    Ok(hypotheses)
}

/// Whether the model cannot be used at all, which its user must know; other
/// failures cost its draft only.
pub(super) fn is_unusable(error: &ReviewError) -> bool {
    use crate::agent::AgentError;
    use crate::engine::EngineError::{Architecture, Damaged, Io, Memory, Template};
    let (ReviewError::Agent(AgentError::Engine(engine)) | ReviewError::Engine(engine)) = error
    else {
        return false;
    };
    matches!(engine, Architecture(_) | Damaged { .. } | Io { .. } | Memory { .. } | Template { .. })
}

/// Whether an endpoint cannot be used, by which a review goes on without it.
fn is_away(error: &ReviewError) -> bool {
    use crate::agent::AgentError;
    use crate::engine::EngineError::Remote;
    use crate::engine::remote::RemoteError::Form;
    match error {
        ReviewError::Agent(AgentError::Engine(Remote(error)))
        | ReviewError::Engine(Remote(error)) => !matches!(error, Form { .. }),
        _ => false,
    }
}

/// Runs the origins that need no model. One that fails is noted; the others
/// go on.
fn by_program(run: &mut Run, files: &[String], trace: &mut Trace) -> Vec<Hypothesis> {
    let mut found = Vec::new();
    let mut notes = Vec::new();
    let sides = (&*run.base, &*run.head);
    let scene = Scene::new(&run.change, files, sides, &run.history, &run.world.config);
    let scene = match scene {
        Ok(scene) => scene,
        Err(error) => {
            let note = format!("nothing was looked for without a model: {error}");
            trace.note(&note);
            run.notes.push(note);
            return Vec::new();
        }
    };
    for drafter in origin::drafters(&run.world.assets) {
        match drafter.draft(&scene) {
            Ok(hypotheses) => {
                trace.note(format!("{}: {} hypotheses", drafter.name(), hypotheses.len()));
                found.extend(hypotheses);
            }
            Err(error) => notes.push(format!("{} could not run: {error}", drafter.name())),
        }
    }
    for note in notes {
        trace.note(&note);
        run.notes.push(note);
    }
    origin::merge(found)
}

/// Lets an agent write a report, then split it.
fn by_model(
    run: &Run,
    context: &Context,
    trace: &mut Trace,
) -> Result<Vec<Hypothesis>, ReviewError> {
    let Some(agent) = run.agent() else { return Ok(Vec::new()) };
    let task = run.prompts.render("draft/task", ())?;
    let mut messages = context.messages(&task);
    for message in &messages {
        trace.add(TraceKind::Prompt, message.text.clone());
    }
    let mut ledger = context.ledger.clone();
    let report = agent
        .run(&mut messages, &mut ledger, trace, &|_, _| run.prompts.schema("draft/report", &[]))?;
    if report.is_none() {
        return Ok(Vec::new());
    }
    let quotes = context.ledger.diff_quotes(usize::MAX);
    let kinds = run.prompts.kinds()?;
    let slots = [("quotes", quote_schema(quotes, trace)), ("kinds", json!({ "enum": kinds }))];
    let schema = run.prompts.schema("draft/split", &slots)?;
    let count = run.world.config.review.max_hypotheses;
    let question = run.prompts.render("draft/split", json!({ "count": count }))?;
    let Some(split) = agent.ask(&mut messages, question, &schema, trace)? else {
        return Ok(Vec::new());
    };
    let rows = split["hypotheses"].as_array().cloned().unwrap_or_default();
    let mut found: Vec<Hypothesis> = Vec::new();
    for row in &rows {
        let Some(hypothesis) = hypothesis(run, &context.ledger, row)? else {
            trace.note("a hypothesis quotes no line of the change and was dropped");
            continue;
        };
        // Two on one line have one cause: the later one adds its question.
        match found.iter_mut().find(|h| h.location.overlaps(&hypothesis.location)) {
            Some(first) => first.questions.extend(hypothesis.questions),
            None => found.push(hypothesis),
        }
    }
    Ok(found)
}

/// A hypothesis from a row of the split; its location is that of its quote.
fn hypothesis(run: &Run, ledger: &Ledger, row: &Value) -> Result<Option<Hypothesis>, ReviewError> {
    let text = |key: &str| row[key].as_str().unwrap_or_default().trim().to_owned();
    let Some(evidence) = ledger.locate_in_diff(&text("quote")) else { return Ok(None) };
    let Source::Diff { path, start, end, .. } = &evidence.source else { return Ok(None) };
    let location = Location::new(path.as_str(), *start, *end);
    let symbol = run.head.enclosing(&location.path, location.start)?.map(|s| s.qualified);
    let questions = Some(text("question")).filter(|q| !q.is_empty());
    Ok(Some(Hypothesis {
        id: String::new(),
        origin: Origin::Model,
        rule: None,
        kind: text("kind"),
        title: text("title"),
        location,
        symbol,
        mechanism: text("mechanism"),
        assumption: text("assumption"),
        questions: questions.into_iter().collect(),
        prior: run.world.config.prior.model,
        severity: run.rubric.of_kind(&text("kind")),
        evidence: vec![evidence],
        fix: None,
        checked: Vec::new(),
        unchecked: Vec::new(),
    }))
}

/// Orders all hypotheses by prior and severity, with a nudge by the risk of their file (the
/// priors stay the probabilities that they are), drops what was voted down and
/// what comes after the limit, and names the rest `H1`, `H2`...
fn rank(
    run: &mut Run,
    mut hypotheses: Vec<Hypothesis>,
    trace: &mut Trace,
) -> Result<Vec<Hypothesis>, ReviewError> {
    let risk = &run.risk;
    let nudge = |h: &Hypothesis| {
        let scores = run.reviewed.iter().map(|path| risk.of(path));
        risk::nudge(risk.of(&h.location.path), scores)
    };
    hypotheses.sort_by(|a, b| {
        let weight = |h: &Hypothesis| h.prior * h.severity * nudge(h);
        weight(b).total_cmp(&weight(a)).then_with(|| a.location.cmp(&b.location))
    });
    let dislikes = Dislikes::load(&run.world)?;
    let embedder = run.world.embedder.clone();
    let limit = run.world.config.review.max_hypotheses;
    let mut kept: Vec<Hypothesis> = Vec::new();
    for mut hypothesis in hypotheses {
        let words = crate::finding::words(&hypothesis.title, &hypothesis.mechanism);
        if let Some((text, cosine)) = dislikes.near(embedder.as_deref(), &words)? {
            let reason = format!("similar ({cosine:.2}) to what the team voted down: {text}");
            run.drop(trace, "draft", &hypothesis, Cause::VotedDown, reason, None);
        } else if kept.len() == limit {
            let reason = format!("ranked below the first {limit}");
            run.drop(trace, "draft", &hypothesis, Cause::BeyondLimit, reason, None);
        } else {
            hypothesis.id = format!("H{}", kept.len() + 1);
            trace.note(format!(
                "{} ({}, prior {:.2}) {}: {}",
                hypothesis.id,
                hypothesis.origin.as_str(),
                hypothesis.prior,
                hypothesis.location,
                hypothesis.title
            ));
            kept.push(hypothesis);
        }
    }
    let beyond = run.dropped.iter().filter(|d| d.cause == Cause::BeyondLimit).count();
    if beyond > 0 {
        let what = if beyond == 1 { "hypothesis was" } else { "hypotheses were" };
        run.notes.push(format!(
            "{beyond} more {what} not examined (review.max_hypotheses); --details names them"
        ));
    }
    Ok(kept)
}
