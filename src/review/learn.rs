//! Keeps the facts about the repository: proposes what this review
//! established, merges it with what was known, and lets old facts go.

use serde_json::{Value, json};

use crate::agent::{Trace, quote_schema};
use crate::engine::{EmbedKind, Message, cosine};
use crate::finding::{Finding, Origin, Source};
use crate::plain::{self, fold};
use crate::store::Memory;

use super::ReviewError;
use super::run::Run;

/// Cosine from which two facts count as the same.
const SAME: f32 = 0.9;
/// Longest fact, in characters.
const MAX_FACT: usize = 300;

/// Stores the facts of this review. What a model proposes counts only if it
/// may judge; what the program established always does.
pub(super) fn learn(run: &mut Run, findings: &[Finding]) -> Result<(), ReviewError> {
    let mut trace = run.begin("learn", "keeping what was learned");
    let mut facts = established(findings);
    // The findings stand; a model that fails here costs facts, not them.
    let proposed = proposed(run, &mut trace).unwrap_or_else(|error| {
        trace.note(format!("no fact was proposed: {error}"));
        Vec::new()
    });
    if run.judged() {
        facts.extend(proposed);
    } else if !proposed.is_empty() {
        trace.note("the model may not judge: what it proposed is not kept");
    }
    let refused = run.world.store.refused_memories()?;
    let now = run.world.now;
    for fact in facts.iter().map(|fact| plain::line(fact, MAX_FACT)) {
        if refused.contains(&fact) {
            trace.note(format!("not learned again, since a person removed it: {fact}"));
            continue;
        }
        let known = run.world.store.memories()?;
        match same(run, &known, &fact)? {
            Some(memory) => {
                run.world.store.confirm_memory(memory.id, now)?;
                trace.note(format!("confirmed memory {}: {}", memory.id, memory.text));
            }
            None => {
                let memory = run.world.store.add_memory(&fact, "review", now)?;
                trace.note(format!("new memory {}: {fact}", memory.id));
            }
        }
    }
    let memory = &run.world.config.memory;
    let before = now - i64::from(memory.expire_days) * 24 * 3600;
    for gone in run.world.store.expire_memories(before)? {
        trace.note(format!("expired memory {}: {}", gone.id, gone.text));
    }
    let mut known = run.world.store.memories()?;
    // The least confirmed, then the oldest, go first; a user's stay.
    known.sort_by_key(|m| (m.source == "user", m.confirmations, m.confirmed, m.id));
    let surplus = known.len().saturating_sub(memory.max_facts);
    for gone in known.iter().take(surplus).filter(|m| m.source != "user") {
        run.world.store.remove_memory(gone.id)?;
        trace.note(format!("dropped memory {} to keep at most {}", gone.id, memory.max_facts));
    }
    run.end(trace);
    Ok(())
}

/// What the program itself established: where production failed.
fn established(findings: &[Finding]) -> Vec<String> {
    let mut facts = Vec::new();
    for finding in findings.iter().filter(|f| f.origin == Origin::History) {
        for issue in &finding.issues {
            let place = finding.symbol.as_deref().unwrap_or("code");
            facts.push(format!(
                "{place} in {} failed in production: {} ({})",
                finding.location.path,
                issue.title,
                issue.short_id.as_deref().unwrap_or(&issue.id)
            ));
        }
    }
    facts
}

/// What the model thinks it learned, each with a line that shows it.
fn proposed(run: &Run, trace: &mut Trace) -> Result<Vec<String>, ReviewError> {
    let (Some(agent), Some(context)) = (run.agent(), run.context.clone()) else {
        return Ok(Vec::new());
    };
    let mut messages = vec![Message::system(context.system.clone())];
    let question = format!("{}\n\n{}", context.change, run.prompts.render("learn/propose", ())?);
    let quotes = quote_schema(context.ledger.quotes(usize::MAX), trace);
    let schema = run.prompts.schema("learn/facts", &[("quotes", quotes)])?;
    let Some(reply) = agent.ask(&mut messages, question, &schema, trace)? else {
        return Ok(Vec::new());
    };
    let rows = reply["facts"].as_array().cloned().unwrap_or_default();
    let fact = |row: &Value| {
        let text = row["fact"].as_str()?.trim();
        let evidence = context.ledger.locate(row["quote"].as_str()?)?;
        let Source::Diff { path, .. } = &evidence.source else { return None };
        (!text.is_empty()).then(|| json!(format!("{text} ({path})")))
    };
    Ok(rows.iter().filter_map(fact).filter_map(|f| f.as_str().map(str::to_owned)).collect())
}

/// A known fact that says the same.
fn same(run: &Run, known: &[Memory], fact: &str) -> Result<Option<Memory>, ReviewError> {
    let plain = |text: &str| fold(text).to_lowercase();
    if let Some(memory) = known.iter().find(|m| plain(&m.text) == plain(fact)) {
        return Ok(Some(memory.clone()));
    }
    let Some(embedder) = run.world.embedder.as_deref() else { return Ok(None) };
    let mut texts = vec![fact];
    texts.extend(known.iter().map(|m| m.text.as_str()));
    let Ok(vectors) = embedder.embed(&texts, EmbedKind::Passage) else { return Ok(None) };
    let Some((new, old)) = vectors.split_first() else { return Ok(None) };
    let nearest =
        known.iter().zip(old).max_by(|a, b| cosine(new, a.1).total_cmp(&cosine(new, b.1)));
    Ok(nearest.filter(|(_, v)| cosine(new, v) >= SAME).map(|(m, _)| m.clone()))
}
